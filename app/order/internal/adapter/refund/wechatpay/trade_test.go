package wechatpay_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const (
	queryTrade = "GET " + tradesURI + "O1"
	closeTrade = "POST " + tradesURI + "O1/close"
)

func newServer(t *testing.T, handle http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server.URL
}

const paidTrade = `{"mchid":"1900000001","appid":"wx0123456789abcdef","out_trade_no":"O1","transaction_id":"4200001","trade_state":"SUCCESS",` +
	`"success_time":"2026-11-23T16:00:00+08:00","amount":{"total":1000,"payer_total":900,"currency":"CNY"},"payer":{"openid":"o1"}}`

func TestAQueryOfAPaidTradeIsANoticeAsFromACallback(t *testing.T) {
	for _, state := range []string{"SUCCESS", "REFUND"} {
		f := newFake(t)
		body := strings.Replace(paidTrade, "SUCCESS", state, 1)
		f.say(queryTrade, answer{status: 200, body: body})
		n, err := build(t, config(t, f.url)).Query(t.Context(), "O1")
		if err != nil {
			t.Fatal(err)
		}
		if n.Provider != "wechatpay" || n.Verdict != "" || n.State != state || n.OrderNumber != "O1" || n.TransactionID != "4200001" ||
			n.Amount != (domain.Money{Minor: 1000, Currency: "CNY"}) ||
			!n.PaidAt.Equal(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)) || string(n.Delivery.Body) != body {
			t.Errorf("%s: notice %+v", state, n)
		}
	}
}

func TestAQueryOfATradeThatIsNotPaidSaysSo(t *testing.T) {
	for _, state := range []string{"NOTPAY", "CLOSED", "REVOKED", "USERPAYING", "PAYERROR", "ACCEPT"} {
		f := newFake(t)
		f.say(queryTrade, answer{status: 200, body: fmt.Sprintf(`{"mchid":%q,"out_trade_no":"O1","trade_state":%q}`, mchid, state)})
		n, err := build(t, config(t, f.url)).Query(t.Context(), "O1")
		if err != nil || n.Verdict != domain.VerdictNotPaid || n.State != state || n.OrderNumber != "O1" {
			t.Errorf("%s: notice %+v, error %v", state, n, err)
		}
	}
	for _, code := range []string{"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"} {
		f := newFake(t)
		f.say(queryTrade, refuse(404, code))
		n, err := build(t, config(t, f.url)).Query(t.Context(), "O1")
		if err != nil || n.Verdict != domain.VerdictNotPaid || n.State != code || n.OrderNumber != "O1" || len(n.Delivery.Body) == 0 {
			t.Errorf("%s: notice %+v, error %v", code, n, err)
		}
	}
}

func TestAQueryThatCannotBeMappedIsUnreadable(t *testing.T) {
	for field, change := range map[string][2]string{
		"mchid":           {mchid, "1900000002"},
		"appid":           {appid, "wxOther"},
		"out_trade_no":    {`"O1"`, `"O2"`},
		"trade_state":     {"SUCCESS", "PAID"},
		"amount.total":    {"1000", "10.00"},
		"amount.currency": {"CNY", "cny"},
		"transaction_id":  {"4200001", "4 2"},
		"success_time":    {"2026-11-23T", "today"},
		"answer":          {`{"mchid"`, `{"mchid`},
	} {
		f := newFake(t)
		f.say(queryTrade, answer{status: 200, body: strings.Replace(paidTrade, change[0], change[1], 1)})
		n, err := build(t, config(t, f.url)).Query(t.Context(), "O1")
		if err != nil || n.Verdict != domain.VerdictUnreadable || !strings.HasPrefix(n.Problem, field+": must ") || n.OrderNumber != "O1" {
			t.Errorf("%s: notice %+v, error %v", field, n, err)
		}
	}
}

func TestAnAnswerThatNamesNoMerchantIsNotTakenForNotPaid(t *testing.T) {
	f := newFake(t)
	f.say(queryTrade, answer{status: 200, body: `{"out_trade_no":"O1","trade_state":"NOTPAY"}`})
	n, err := build(t, config(t, f.url)).Query(t.Context(), "O1")
	if err != nil || n.Verdict != domain.VerdictUnreadable || !strings.HasPrefix(n.Problem, "mchid: must ") {
		t.Errorf("notice %+v, error %v", n, err)
	}
}

func TestAQueryThatIsNotAnsweredSaysNothing(t *testing.T) {
	for name, a := range map[string]answer{
		"status 500":         refuse(500, "SYSTEM_ERROR"),
		"signed by another":  {status: 200, body: paidTrade, key: another()},
		"not found, nobody":  {status: 404, body: `{"code":"ORDER_NOT_EXIST"}`, plain: true},
		"not found, no code": {status: 404, body: `{}`},
		"not found, a page":  refuse(404, "NOT_FOUND"),
		"lost":               {lost: true},
	} {
		f := newFake(t)
		f.say(queryTrade, a)
		if n, err := build(t, config(t, f.url)).Query(t.Context(), "O1"); err == nil {
			t.Errorf("%s: notice %+v", name, n)
		}
	}
}

func TestClose(t *testing.T) {
	state := func(state string) answer {
		return answer{status: 200, body: strings.Replace(paidTrade, "SUCCESS", state, 1)}
	}
	for _, c := range []struct {
		name   string
		answer answer
		query  answer // its status is 0 when nothing is to be queried
		want   string // "closed", "paid", "no trade" or "unknown"
	}{
		{"closed", answer{status: 204}, answer{}, "closed"},
		{"closed already", refuse(400, "ORDER_CLOSED"), state("CLOSED"), "closed"},
		{"never existed", refuse(404, "ORDER_NOT_EXIST"), refuse(404, "ORDER_NOT_EXIST"), "no trade"},
		{"paid", refuse(400, "INVALID_REQUEST"), state("SUCCESS"), "paid"},
		{"paid and refunded since", refuse(403, "TRADE_ERROR"), state("REFUND"), "paid"},
		{"the payer is at it", refuse(202, "USER_PAYING"), state("USERPAYING"), "unknown"},
		{"refused, not paid", refuse(400, "INVALID_REQUEST"), state("NOTPAY"), "unknown"},
		{"refused, and the query lost", refuse(400, "INVALID_REQUEST"), answer{status: 500}, "unknown"},
		{"refused, and the query about another", refuse(400, "INVALID_REQUEST"), answer{status: 200, body: strings.Replace(paidTrade, "O1", "O2", 1)}, "unknown"},
		{"refused, and another is closed", refuse(400, "INVALID_REQUEST"), answer{status: 200, body: strings.Replace(state("CLOSED").body, "O1", "O2", 1)}, "unknown"},
		{"not signed", answer{status: 204, plain: true}, answer{}, "unknown"},
		{"lost", answer{lost: true}, answer{}, "unknown"},
	} {
		f := newFake(t)
		f.say(closeTrade, c.answer)
		f.say(queryTrade, c.query)
		err := build(t, config(t, f.url)).Close(t.Context(), "O1")
		got := "unknown"
		switch {
		case err == nil:
			got = "closed"
		case errors.Is(err, refund.ErrPaid):
			got = "paid"
		case errors.Is(err, refund.ErrUnknown):
			got = "no trade"
		}
		if got != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.query.status == 0 {
			f.asked(closeTrade)
		} else {
			f.asked(closeTrade, queryTrade)
		}
	}
}
