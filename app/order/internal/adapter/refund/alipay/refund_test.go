package alipay_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

var confirmed = domain.RefundReport{State: domain.RefundConfirmed}

func TestARefundIsConfirmedByItsAnswer(t *testing.T) {
	g := newGateway(t)
	report, err := g.refundOf(request("P1-1", 1000))
	if err != nil || report != confirmed || g.moved != 1 {
		t.Fatalf("%+v, %v, moved %d", report, err, g.moved)
	}
	want := map[string]string{
		"out_trade_no": "O1", "trade_no": "tx1", "out_request_no": "P1-1", "refund_amount": "10.00", "refund_reason": "paid twice",
	}
	if !reflect.DeepEqual(g.fields, want) || !slices.Equal(g.calls, []string{"alipay.trade.refund"}) {
		t.Errorf("asked %v for %v", g.calls, g.fields)
	}
}

func TestAReasonIsCutToWhatAlipayTakes(t *testing.T) {
	g := newGateway(t)
	r := request("P1-1", 1000)
	r.Reason = strings.Repeat("茶", 300)
	if _, err := g.refundOf(r); err != nil || g.fields["refund_reason"] != strings.Repeat("茶", 256) {
		t.Fatalf("%v, reason %q", err, g.fields["refund_reason"])
	}
	r = request("P1-2", 1)
	r.Reason = ""
	if _, err := g.refundOf(r); err != nil || g.fields["refund_reason"] != "" {
		t.Fatalf("%v, reason %q", err, g.fields["refund_reason"])
	}
}

func TestAnUnknownResultIsAskedAgainAndMovesTheMoneyOnce(t *testing.T) {
	for name, f := range map[string]fault{
		"nobody heard": deaf, "the answer came too late": mute, "the answer was lost": hangUp, "500": broken, "500 after it was done": brokenLate,
		"garbage": garbage, "no signature": unsigned, "a forged signature": forged, "a changed answer": bitFlip,
		"a system error after it was done": unsure, "the gateway is busy": busy,
	} {
		g := newGateway(t)
		report, err := g.refundWith(request("P1-1", 1000), f)
		if err == nil || report != (domain.RefundReport{}) {
			t.Errorf("%s: reported %+v", name, report)
		}
		// The question and a second unknown result change nothing either.
		for _, faults := range [][]fault{{broken}, {none, f}, nil} {
			report, err = g.refundWith(again(request("P1-1", 1000)), faults...)
		}
		if err != nil || report != confirmed || g.moved != 1 || g.refunds["P1-1"] != 1000 {
			t.Errorf("%s: then %+v, %v, moved %d times: %v", name, report, err, g.moved, g.refunds)
		}
	}
}

func TestARefundThatAlipayKnowsIsNotAskedForAgain(t *testing.T) {
	g := newGateway(t)
	g.refunds["P1-1"] = 1000
	report, err := g.refundOf(again(request("P1-1", 1000)))
	if err != nil || report != confirmed || !slices.Equal(g.calls, []string{"alipay.trade.fastpay.refund.query"}) {
		t.Fatalf("%+v, %v after %v", report, err, g.calls)
	}
	if g.fields["out_request_no"] != "P1-1" || g.fields["trade_no"] != "tx1" || g.fields["out_trade_no"] != "O1" {
		t.Errorf("asked for %v", g.fields)
	}
}

func TestARefundThatWasDoneBeforeIsConfirmedByTheQuestion(t *testing.T) {
	g := newGateway(t)
	g.refunds["P1-1"] = 1000 // fund_change will be N
	report, err := g.refundOf(request("P1-1", 1000))
	if err != nil || report != confirmed || g.moved != 0 || len(g.calls) != 2 {
		t.Fatalf("%+v, %v after %v, moved %d", report, err, g.calls, g.moved)
	}
}

func TestSeveralRefundsOfATradeAreToldApart(t *testing.T) {
	g := newGateway(t)
	for i, fen := range []int64{300, 1, 699} {
		report, err := g.refundOf(request(fmt.Sprintf("P1-%d", i+1), fen))
		if err != nil || report != confirmed || g.moved != i+1 {
			t.Fatalf("refund %d: %+v, %v, moved %d", i+1, report, err, g.moved)
		}
	}
}

func TestAcceptedButNotDoneIsSent(t *testing.T) {
	const unchanged = `{"code":"10000","msg":"Success","out_trade_no":"O1","trade_no":"tx1","fund_change":"N","refund_fee":"0.00"}`
	const unsaid = `{"code":"10000","msg":"Success","out_trade_no":"O1","trade_no":"tx1","refund_fee":"10.00"}`
	for _, answer := range []string{unchanged, unsaid} {
		g := newGateway(t)
		g.answers["alipay.trade.refund"] = answer
		g.answers["alipay.trade.fastpay.refund.query"] = `{"code":"10000","msg":"Success"}`
		if report, err := g.refundOf(request("P1-1", 1000)); err != nil || report != (domain.RefundReport{State: domain.RefundSent}) {
			t.Errorf("%s: %+v, %v", answer, report, err)
		}
	}
	g := newGateway(t)
	g.answers["alipay.trade.fastpay.refund.query"] = `{"code":"10000","out_trade_no":"O1","trade_no":"tx1","refund_status":"REFUND_PROCESSING"}`
	if report, err := g.refundOf(again(request("P1-1", 1000))); err != nil || report != (domain.RefundReport{State: domain.RefundSent}) || g.moved != 0 {
		t.Errorf("at it: %+v, %v, moved %d", report, err, g.moved)
	}
	g.answers["alipay.trade.fastpay.refund.query"] = `{"code":"10000","out_trade_no":"O1","trade_no":"tx1","refund_status":"REFUND_FAIL"}`
	if report, err := g.refundOf(again(request("P1-1", 1000))); err != nil || report != confirmed || g.moved != 1 {
		t.Errorf("failed before: %+v, %v, moved %d", report, err, g.moved)
	}
}

func TestAnAnswerAboutAnotherRefundIsLeftToAPerson(t *testing.T) {
	refund := func(fields string) string { return `{"code":"10000","msg":"Success","fund_change":"Y",` + fields + `}` }
	query := func(fields string) string {
		return `{"code":"10000","msg":"Success","refund_status":"REFUND_SUCCESS",` + fields + `}`
	}
	for name, answers := range map[string][2]string{
		"less than asked for": {refund(`"out_trade_no":"O1","trade_no":"tx1","refund_fee":"4.99"`), query(`"out_trade_no":"O1","trade_no":"tx1","out_request_no":"P1-1","refund_amount":"4.99"`)},
		"more than was paid":  {refund(`"out_trade_no":"O1","trade_no":"tx1","refund_fee":"10.01"`), query(`"out_trade_no":"O1","trade_no":"tx1","out_request_no":"P1-1","refund_amount":"10.01"`)},
		"another trade":       {refund(`"out_trade_no":"O1","trade_no":"tx2","refund_fee":"5.00"`), query(`"out_trade_no":"O1","trade_no":"tx2","out_request_no":"P1-1","refund_amount":"5.00"`)},
		"another order":       {refund(`"out_trade_no":"O2","trade_no":"tx1","refund_fee":"5.00"`), query(`"out_trade_no":"O2","trade_no":"tx1","out_request_no":"P1-1","refund_amount":"5.00"`)},
		"another refund":      {"", query(`"out_trade_no":"O1","trade_no":"tx1","out_request_no":"P1-2","refund_amount":"5.00"`)},
		"another amount":      {"", query(`"out_trade_no":"O1","trade_no":"tx1","out_request_no":"P1-1","refund_amount":"5.01"`)},
	} {
		for i, method := range []string{"alipay.trade.refund", "alipay.trade.fastpay.refund.query"} {
			if answers[i] == "" {
				continue
			}
			g := newGateway(t)
			g.answers[method] = answers[i]
			r := request("P1-1", 500)
			r.Again = i == 1
			report, err := g.refundOf(r)
			if err != nil || !report.Stuck || report.State != domain.RefundSent || report.Reason == "" || len(g.calls) != 1 {
				t.Errorf("%s, %s: %+v, %v after %v", name, method, report, err, g.calls)
			}
		}
	}
	t.Run("also when the number was refunded with another amount before", func(t *testing.T) {
		g := newGateway(t)
		g.refunds["P1-1"] = 400
		for _, r := range []domain.RefundRequest{request("P1-1", 500), again(request("P1-1", 500))} {
			report, err := g.refundOf(r)
			if err != nil || !report.Stuck || !strings.Contains(report.Reason, "4.00") || g.moved != 0 {
				t.Errorf("%+v, %v, moved %d", report, err, g.moved)
			}
		}
	})
}

func TestAmountsThatCannotBeReadAreUnknown(t *testing.T) {
	for _, amount := range []string{`"1e1"`, `1e1`, `"-10.00"`, `"10.000"`, `"ten"`, `""`, `null`, `{}`, `"92233720368547758.08"`} {
		g := newGateway(t)
		g.answers["alipay.trade.refund"] = `{"code":"10000","out_trade_no":"O1","trade_no":"tx1","fund_change":"Y","refund_fee":` + amount + `}`
		if report, err := g.refundOf(request("P1-1", 1000)); err == nil {
			t.Errorf("refund_fee %s: %+v", amount, report)
		}
		g.answers["alipay.trade.fastpay.refund.query"] = `{"code":"10000","out_trade_no":"O1","trade_no":"tx1","out_request_no":"P1-1",` +
			`"refund_status":"REFUND_SUCCESS","refund_amount":` + amount + `}`
		if report, err := g.refundOf(again(request("P1-1", 1000))); err == nil {
			t.Errorf("refund_amount %s: %+v", amount, report)
		}
	}
}

func TestRefusals(t *testing.T) {
	for code, want := range map[string]domain.RefundReport{
		"ACQ.TRADE_HAS_FINISHED":          {State: domain.RefundFailed, Reason: "40004 ACQ.TRADE_HAS_FINISHED"},
		"ACQ.TRADE_HAS_CLOSE":             {State: domain.RefundFailed, Reason: "40004 ACQ.TRADE_HAS_CLOSE"},
		"ACQ.REASON_TRADE_REFUND_FEE_ERR": {State: domain.RefundFailed, Reason: "40004 ACQ.REASON_TRADE_REFUND_FEE_ERR"},
		"ACQ.TRADE_NOT_EXIST":             {State: domain.RefundFailed, Reason: "40004 ACQ.TRADE_NOT_EXIST"},
		"ACQ.SELLER_BALANCE_NOT_ENOUGH":   {State: domain.RefundSent, Stuck: true, Reason: "40004 ACQ.SELLER_BALANCE_NOT_ENOUGH"},
		"ACQ.REASON_TRADE_BEEN_FREEZEN":   {State: domain.RefundSent, Stuck: true, Reason: "40004 ACQ.REASON_TRADE_BEEN_FREEZEN"},
		"ACQ.DISCORDANT_REPEAT_REQUEST":   {State: domain.RefundSent, Stuck: true, Reason: "40004 ACQ.DISCORDANT_REPEAT_REQUEST"},
	} {
		for _, r := range []domain.RefundRequest{request("P1-1", 1000), again(request("P1-1", 1000))} {
			g := newGateway(t)
			g.answers["alipay.trade.refund"] = refusal(code)
			g.answers["alipay.trade.fastpay.refund.query"] = `{"code":"10000","msg":"Success"}`
			if report, err := g.refundOf(r); err != nil || report != want {
				t.Errorf("%s: %+v, %v", code, report, err)
			}
		}
	}
	t.Run("a refusal after a try that succeeded is none", func(t *testing.T) {
		g := newGateway(t)
		g.refunds["P1-1"] = 1000
		g.answers["alipay.trade.refund"] = refusal("ACQ.TRADE_HAS_CLOSE")
		if report, err := g.refundOf(request("P1-1", 1000)); err != nil || report != confirmed {
			t.Errorf("%+v, %v", report, err)
		}
	})
	t.Run("a refusal is not believed while the question has no answer", func(t *testing.T) {
		g := newGateway(t)
		g.faults = []fault{none, broken}
		g.answers["alipay.trade.refund"] = refusal("ACQ.TRADE_HAS_FINISHED")
		if report, err := g.refundOf(request("P1-1", 1000)); err == nil {
			t.Errorf("%+v", report)
		}
	})
	t.Run("the balance was topped up, and the same refund goes through", func(t *testing.T) {
		g := newGateway(t)
		g.answers["alipay.trade.refund"] = refusal("ACQ.SELLER_BALANCE_NOT_ENOUGH")
		if report, err := g.refundOf(request("P1-1", 500)); err != nil || !report.Stuck {
			t.Fatalf("%+v, %v", report, err)
		}
		delete(g.answers, "alipay.trade.refund")
		if report, err := g.refundOf(again(request("P1-1", 500))); err != nil || report != confirmed {
			t.Errorf("%+v, %v", report, err)
		}
	})
	t.Run("a trade that Alipay does not know", func(t *testing.T) {
		g := newGateway(t)
		g.state = ""
		want := domain.RefundReport{State: domain.RefundFailed, Reason: "40004 ACQ.TRADE_NOT_EXIST"}
		if report, err := g.refundOf(again(request("P1-1", 500))); err != nil || report != want {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

func TestWhatDecidesNothingIsUnknown(t *testing.T) {
	for _, content := range []string{
		refusal("ACQ.SYSTEM_ERROR"), refusal("aop.ACQ.SYSTEM_ERROR"), refusal("ACQ.REFUND_CHARGE_ERROR"), refusal("ACQ.NEW_RULE"), refusal(""),
		`{"code":"20000","msg":"Service Currently Unavailable","sub_code":"aop.unknow-error"}`,
		`{"code":"20001","sub_code":"aop.invalid-auth-token"}`, `{"code":"40001","sub_code":"isv.missing-app-id"}`,
		`{"code":"40002","sub_code":"isv.invalid-signature"}`, `{"code":"40003","sub_code":"isv.insufficient-user-permissions"}`,
		`{"code":"40005","sub_code":"aop.call-limited"}`, `{"code":"40006","sub_code":"isv.insufficient-isv-permissions"}`,
		`{"code":"40002","sub_code":"ACQ.TRADE_HAS_FINISHED"}`, `{"code":"10000","sub_code":"ACQ.TRADE_HAS_FINISHED"}`,
		`{"code":"99999"}`, `{"code":10000}`, `{}`, `[]`, `null`, `"x"`,
	} {
		g := newGateway(t)
		for _, method := range []string{"alipay.trade.refund", "alipay.trade.query", "alipay.trade.close"} {
			g.answers[method] = content
		}
		a := g.api(patience)
		if report, err := a.Refund(context.Background(), request("P1-1", 1000)); err == nil {
			t.Errorf("refund: %s: %+v", content, report)
		}
		if n, err := a.Query(context.Background(), "O1"); err == nil {
			t.Errorf("query: %s: %+v", content, n)
		}
		if err := a.Close(context.Background(), "O1"); err == nil {
			t.Errorf("close: %s", content)
		}
	}
}

func TestOnlyAmountsOfAlipayAreAskedFor(t *testing.T) {
	g := newGateway(t)
	for _, m := range []domain.Money{{Minor: 1000, Currency: "USD"}, {Minor: 0, Currency: "CNY"}, {Minor: -1, Currency: "CNY"}} {
		r := request("P1-1", 1)
		r.Amount = m
		if report, err := g.refundOf(r); err == nil || len(g.calls) != 0 {
			t.Errorf("%s: %+v after %v", m, report, g.calls)
		}
	}
}

func TestACallEndsWithItsContextAndWithTheTimeOut(t *testing.T) {
	g := newGateway(t)
	g.faults = []fault{deaf, deaf}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := g.api(patience).Refund(ctx, request("P1-1", 1000)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if _, err := g.api(50*time.Millisecond).Query(context.Background(), "O1"); err == nil {
		t.Error("a query has no end")
	}
}
