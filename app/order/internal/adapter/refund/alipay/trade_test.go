package alipay_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	callbackalipay "github.com/stockonce/stockonce/app/order/internal/adapter/callback/alipay"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

func (g *gateway) query(number string) (domain.Notice, error) {
	return g.api(patience).Query(context.Background(), number)
}

func TestAPaidTradeIsReadAsFromACallback(t *testing.T) {
	for _, state := range []string{"TRADE_SUCCESS", "TRADE_FINISHED"} {
		g := newGateway(t)
		g.state = state
		n, err := g.query("O1")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(n.Delivery.Body), `"alipay_trade_query_response"`) || !strings.Contains(string(n.Delivery.Body), `"sign"`) {
			t.Errorf("body %q", n.Delivery.Body)
		}
		told := callBack(t, g, state)
		if n.Provider != "alipay" || n.Verdict != "" || n.OrderNumber != told.OrderNumber || n.TransactionID != told.TransactionID ||
			n.Amount != told.Amount || !n.PaidAt.Equal(told.PaidAt) || n.PaidAt.IsZero() || n.State != told.State || n.Refund != nil {
			t.Errorf("asked %+v\ntold %+v", n, told)
		}
	}
}

// callBack is what the callback adapter makes of Alipay's notice of the same trade.
func callBack(t *testing.T, g *gateway, state string) domain.Notice {
	t.Helper()
	cfg := g.config(patience)
	keys, err := keyring.Load(cfg.GetPublicKeys())
	if err != nil {
		t.Fatal(err)
	}
	p, err := callbackalipay.New(appID, cfg.GetSellerIds(), keys, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	fields := url.Values{
		"app_id": {appID}, "seller_id": cfg.GetSellerIds(), "out_trade_no": {"O1"}, "trade_no": {"tx1"},
		"trade_status": {state}, "total_amount": {"10.00"}, "gmt_payment": {"2026-11-23 16:00:00"},
	}
	text, err := url.QueryUnescape(fields.Encode())
	if err != nil {
		t.Fatal(err)
	}
	fields.Set("sign", g.sign(text, alipayKey()))
	fields.Set("sign_type", "RSA2")
	n, err := p.Read(callback.Request{Body: []byte(fields.Encode())}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestATradeThatIsNotPaid(t *testing.T) {
	for state, told := range map[string]string{
		"": "ACQ.TRADE_NOT_EXIST", "WAIT_BUYER_PAY": "WAIT_BUYER_PAY", "TRADE_CLOSED": "TRADE_CLOSED",
	} {
		g := newGateway(t)
		g.state = state
		n, err := g.query("O1")
		if err != nil || n.Verdict != domain.VerdictNotPaid || n.State != told || n.OrderNumber != "O1" || n.Amount.Minor != 0 || n.Refund != nil {
			t.Errorf("%q: %+v, %v", state, n, err)
		}
	}
}

func TestATradeThatCannotBeMappedIsLeftToAPerson(t *testing.T) {
	good := map[string]string{
		"out_trade_no": `"O1"`, "trade_no": `"tx1"`, "trade_status": `"TRADE_SUCCESS"`, "total_amount": `"10.00"`,
		"send_pay_date": `"2026-11-23 16:00:00"`,
	}
	for _, c := range [][2]string{
		{"out_trade_no", `"O2"`}, {"out_trade_no", ""},
		{"trade_no", `"t 1"`}, {"trade_no", ""},
		{"trade_status", `"TRADE_PENDING"`}, {"trade_status", `"trade_success"`}, {"trade_status", ""},
		{"total_amount", `"0.00"`}, {"total_amount", `"10.001"`}, {"total_amount", "1e1"}, {"total_amount", "-10.00"}, {"total_amount", ""},
		{"trans_currency", `"USD"`},
		{"send_pay_date", `"yesterday"`},
	} {
		g := newGateway(t)
		content := `{"code":"10000","msg":"Success"`
		for name, value := range good {
			if name != c[0] {
				content += `,"` + name + `":` + value
			}
		}
		if c[1] != "" {
			content += `,"` + c[0] + `":` + c[1]
		}
		g.answers["alipay.trade.query"] = content + "}"
		n, err := g.query("O1")
		if err != nil || n.Verdict != domain.VerdictUnreadable || !strings.HasPrefix(n.Problem, c[0]+": must be") {
			t.Errorf("%v: %+v, %v", c, n, err)
		}
	}
}

func TestAQuestionWithoutABelievableAnswerIsUnknown(t *testing.T) {
	for _, f := range []fault{hangUp, broken, brokenLate, garbage, unsigned, forged, bitFlip, unsure, busy} {
		g := newGateway(t)
		g.faults = []fault{f, f}
		a := g.api(patience)
		if n, err := a.Query(context.Background(), "O1"); err == nil {
			t.Errorf("fault %d: %+v", f, n)
		}
		err := a.Close(context.Background(), "O1")
		if f == unsure && errors.Is(err, refund.ErrPaid) {
			continue // the trade's state tells
		}
		if err == nil || errors.Is(err, refund.ErrPaid) {
			t.Errorf("fault %d: closing: %v", f, err)
		}
	}
}

func TestClosing(t *testing.T) {
	const closing, asking = "alipay.trade.close", "alipay.trade.query"
	for _, c := range []struct {
		name, state string
		want        error
		calls       []string
	}{
		{"a trade that waits is closed", "WAIT_BUYER_PAY", nil, []string{closing}},
		{"a trade that does not exist may yet begin", "", refund.ErrUnknown, []string{closing}},
		{"a closed trade is closed", "TRADE_CLOSED", nil, []string{closing, asking}},
		{"a paid trade is paid", "TRADE_SUCCESS", refund.ErrPaid, []string{closing, asking}},
		{"a finished trade is paid", "TRADE_FINISHED", refund.ErrPaid, []string{closing, asking}},
	} {
		g := newGateway(t)
		g.state = c.state
		if err := g.api(patience).Close(context.Background(), "O1"); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		if !slices.Equal(g.calls, c.calls) {
			t.Errorf("%s: asked %v", c.name, g.calls)
		}
	}
	for name, prepare := range map[string]func(*gateway){
		"a refusal while it waits decides nothing": func(g *gateway) {
			g.state, g.answers[closing] = "WAIT_BUYER_PAY", refusal("ACQ.REASON_ILLEGAL_STATUS")
		},
		"a refusal without an answer to the question decides nothing": func(g *gateway) { g.faults = []fault{none, broken} },
		"another order was closed": func(g *gateway) {
			g.answers[closing] = `{"code":"10000","out_trade_no":"O2","trade_no":"tx1"}`
		},
		"another order is paid": func(g *gateway) {
			g.answers[asking] = `{"code":"10000","out_trade_no":"O2","trade_no":"tx1","trade_status":"TRADE_SUCCESS","total_amount":"1.00"}`
		},
	} {
		g := newGateway(t)
		prepare(g)
		if err := g.api(patience).Close(context.Background(), "O1"); err == nil || errors.Is(err, refund.ErrPaid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
