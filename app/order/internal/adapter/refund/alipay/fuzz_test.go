package alipay_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// FuzzAnswer has every method read any answer: only a documented one, with Alipay's
// signature, says that money moved.
func FuzzAnswer(f *testing.F) {
	f.Add(`{"code":"10000","out_trade_no":"O1","trade_no":"tx1","trade_status":"TRADE_SUCCESS","total_amount":"10.00","fund_change":"Y","refund_fee":"10.00"}`)
	f.Add(`{"code":"10000","out_trade_no":"O1","trade_no":"tx1","out_request_no":"P1-1","refund_status":"REFUND_SUCCESS","refund_amount":"10.00"}`)
	f.Add(`{"code":"10000","out_trade_no":"O1","trade_no":"tx1","fund_change":"N","refund_fee":"10.00","refund_status":"REFUND_SUCCESS","refund_amount":"9.99","out_request_no":"P1-1"}`)
	f.Add(`{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}`)
	f.Add(`{"code":"40004","sub_code":"ACQ.TRADE_STATUS_ERROR","total_amount":1e400}`)
	f.Add(`{"code":"20000"}`)
	f.Add(`null`)
	g := newGateway(f)
	var content, sign string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		node := strings.ReplaceAll(r.FormValue("method"), ".", "_") + "_response"
		fmt.Fprintf(w, `{"%s":%s,"sign":"%s"}`, node, content, sign)
	}))
	f.Cleanup(server.Close)
	g.url = server.URL
	a := g.api(patience)
	f.Fuzz(func(t *testing.T, text string) {
		content = strings.TrimSpace(text)
		if !json.Valid([]byte(content)) {
			return
		}
		sign = g.sign(content, alipayKey())
		report, err := a.Refund(context.Background(), request("P1-1", 1000))
		if err == nil && report.State == domain.RefundConfirmed && !saysRefunded(content) {
			t.Fatalf("%s confirms a refund", content)
		}
		n, err := a.Query(context.Background(), "O1")
		if err == nil && n.Verdict == "" && !saysPaid(content, n) {
			t.Fatalf("%s pays: %+v", content, n)
		}
		sign = g.sign(content+" ", alipayKey())
		if _, err := a.Query(context.Background(), "O1"); err == nil {
			t.Fatalf("%s is believed without its signature", content)
		}
	})
}

// plain is an answer as another reader sees it.
type plain struct {
	Code     string      `json:"code"`
	Order    string      `json:"out_trade_no"`
	Trade    string      `json:"trade_no"`
	Number   string      `json:"out_request_no"`
	Change   string      `json:"fund_change"`
	Total    json.Number `json:"refund_fee"`
	Status   string      `json:"refund_status"`
	Refunded json.Number `json:"refund_amount"`
	State    string      `json:"trade_status"`
	Amount   json.Number `json:"total_amount"`
}

func saysRefunded(content string) bool {
	var p plain
	if json.Unmarshal([]byte(content), &p) != nil || p.Code != "10000" || p.Order != "O1" || p.Trade != "tx1" {
		return false
	}
	return p.Change == "Y" && worth(p.Total, 1000) || p.Status == "REFUND_SUCCESS" && p.Number == "P1-1" && worth(p.Refunded, 1000)
}

func saysPaid(content string, n domain.Notice) bool {
	var p plain
	return json.Unmarshal([]byte(content), &p) == nil && p.Code == "10000" && p.Order == "O1" && n.OrderNumber == "O1" &&
		(p.State == "TRADE_SUCCESS" || p.State == "TRADE_FINISHED") && n.Amount.Minor > 0 && worth(p.Amount, n.Amount.Minor) &&
		n.TransactionID == p.Trade && domain.ValidIdentifier(p.Trade)
}

// worth compares exactly.
func worth(yuan json.Number, fen int64) bool {
	exact, ok := new(big.Rat).SetString(yuan.String())
	return ok && exact.Cmp(big.NewRat(fen, 100)) == 0
}
