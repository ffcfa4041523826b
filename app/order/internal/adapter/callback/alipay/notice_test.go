package alipay_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

var acknowledged = domain.Answer{Status: http.StatusOK, ContentType: "text/plain", Body: "success"}

func TestAPaidTradeIsReadExactly(t *testing.T) {
	want := domain.Notice{
		OrderNumber: "O1", TransactionID: "tx1", Amount: domain.Money{Minor: 1000, Currency: "CNY"},
		PaidAt: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), State: "TRADE_SUCCESS",
		Delivery: domain.Delivery{Answer: acknowledged},
	}
	if n := deliver(t, paid()); !reflect.DeepEqual(n, want) {
		t.Errorf("notice %+v", n)
	}
	t.Run("TRADE_FINISHED names the same transaction, so it pays nothing more", func(t *testing.T) {
		want.State = "TRADE_FINISHED"
		if n := deliver(t, paid("trade_status", "TRADE_FINISHED")); !reflect.DeepEqual(n, want) {
			t.Errorf("notice %+v", n)
		}
	})
	t.Run("what the buyer paid with coupons counts", func(t *testing.T) {
		if n := deliver(t, paid("buyer_pay_amount", "0.01", "receipt_amount", "0.02")); n.Amount.Minor != 1000 {
			t.Errorf("notice %+v", n)
		}
	})
	t.Run("a missing time of payment is none", func(t *testing.T) {
		if n := deliver(t, paid("gmt_payment", "")); n.Verdict != "" || !n.PaidAt.IsZero() {
			t.Errorf("notice %+v", n)
		}
	})
}

func TestOnlyAPaidStatePays(t *testing.T) {
	unpaid := []string{"gmt_payment", "", "buyer_pay_amount", "", "receipt_amount", ""}
	for _, state := range []string{
		"WAIT_BUYER_PAY", "TRADE_CLOSED", "TRADE_PENDING", "trade_success", "TRADE_SUCCESS ", "TRADE_SUCCES", "SUCCESS", "",
	} {
		n := deliver(t, paid(append(unpaid, "trade_status", state)...))
		if n.Verdict != domain.VerdictNotPaid || n.Refund != nil || n.Amount.Minor != 0 || n.Delivery.Answer != acknowledged {
			t.Errorf("%s: notice %+v", state, n)
		}
		if state == "TRADE_CLOSED" {
			continue // a closed trade with a payment is a refund
		}
		if n := deliver(t, paid("trade_status", state)); n.Verdict != domain.VerdictNotPaid {
			t.Errorf("%s: notice %+v", state, n)
		}
	}
}

func TestRefunds(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []string
		amount  int64
		number  string
	}{
		{"a partial refund tells all that was refunded so far", []string{"refund_fee", "2.58", "gmt_refund", "2026-11-23 17:00:00.631", "out_biz_no", "P1-1"}, 258, "P1-1"},
		{"a refund from the console has no number of ours", []string{"refund_fee", "2.58", "gmt_refund", "2026-11-23 17:00:00"}, 258, ""},
		{"a refund does not need its time", []string{"refund_fee", "2.58"}, 258, ""},
		{"a finished trade can report its refunds", []string{"trade_status", "TRADE_FINISHED", "refund_fee", "2.58"}, 258, ""},
		{"a full refund closes the trade", []string{"trade_status", "TRADE_CLOSED", "refund_fee", "10.00", "gmt_refund", "2026-11-23 17:00:00", "out_biz_no", "P1-1"}, 1000, "P1-1"},
		{"a paid trade that is closed was refunded in full", []string{"trade_status", "TRADE_CLOSED"}, 1000, ""},
		{"also without the time of payment", []string{"trade_status", "TRADE_CLOSED", "gmt_payment", ""}, 1000, ""},
		{"also when only the buyer's part is told", []string{"trade_status", "TRADE_CLOSED", "gmt_payment", "", "receipt_amount", "0.00"}, 1000, ""},
		{"also when only the time is told", []string{"trade_status", "TRADE_CLOSED", "buyer_pay_amount", "", "receipt_amount", ""}, 1000, ""},
		{"also when only the time of the refund is told", []string{"trade_status", "TRADE_CLOSED", "gmt_payment", "", "buyer_pay_amount", "", "receipt_amount", "", "refund_fee", "", "gmt_refund", "2026-11-23 17:00:00"}, 1000, ""},
		{"a number that cannot be kept is none", []string{"refund_fee", "2.58", "out_biz_no", "a b"}, 258, ""},
	} {
		n := deliver(t, paid(c.changes...))
		want := &domain.RefundNotice{Number: c.number, State: domain.RefundConfirmed, Cumulative: true}
		if n.Verdict != "" || !reflect.DeepEqual(n.Refund, want) || n.Amount != (domain.Money{Minor: c.amount, Currency: "CNY"}) ||
			n.TransactionID != "tx1" || n.OrderNumber != "O1" {
			t.Errorf("%s: notice %+v, refund %+v", c.name, n, n.Refund)
		}
	}
	t.Run("out_biz_no alone is no refund", func(t *testing.T) {
		if n := deliver(t, paid("out_biz_no", "b1")); n.Refund != nil || n.Verdict != "" {
			t.Errorf("notice %+v", n)
		}
	})
}

func TestAnotherMerchantsNoticeIsForeign(t *testing.T) {
	for _, changes := range [][]string{
		{"app_id", "2021000000000001"}, {"app_id", ""}, {"app_id", appID + " "},
		{"seller_id", "2088000000000001"}, {"seller_id", ""}, {"seller_id", "0" + seller},
		{"app_id", seller, "seller_id", appID},
		{"seller_id", "2088000000000001", "total_amount", "1e3"},
		{"seller_id", "2088000000000001", "trade_status", "WAIT_BUYER_PAY"},
		{"seller_id", "2088000000000001", "refund_fee", "1.00"},
	} {
		n := deliver(t, paid(changes...))
		want := domain.Answer{Status: http.StatusBadRequest, ContentType: "text/plain", Body: "fail"}
		if n.Verdict != domain.VerdictForeign || n.Delivery.Answer != want || n.Refund != nil {
			t.Errorf("%v: notice %+v", changes, n)
		}
	}
	if n := deliver(t, paid("seller_id", "2088000000000009")); n.Verdict != "" {
		t.Errorf("a second seller of ours: notice %+v", n)
	}
}

func TestWhatCannotBeReadSaysWhichFieldAndRule(t *testing.T) {
	for _, c := range [][2]string{
		{"total_amount", ""}, {"total_amount", "0.00"}, {"total_amount", "0"}, {"total_amount", "-1.00"}, {"total_amount", "+1.00"},
		{"total_amount", "1e3"}, {"total_amount", "1.000"}, {"total_amount", "1.005"}, {"total_amount", "1."}, {"total_amount", ".5"},
		{"total_amount", "1,00"}, {"total_amount", " 1.00"}, {"total_amount", "1.00 "}, {"total_amount", "0x10"}, {"total_amount", "1_0"},
		{"total_amount", "١.00"}, {"total_amount", "NaN"}, {"total_amount", "1.2.3"}, {"total_amount", "92233720368547758.08"},
		{"total_amount", strings.Repeat("9", 1000)},
		{"out_trade_no", ""}, {"out_trade_no", "O 1"}, {"out_trade_no", strings.Repeat("x", 256)},
		{"trade_no", ""}, {"trade_no", "tx\n"}, {"trade_no", "é"},
		{"trans_currency", "USD"}, {"trans_currency", "cny"},
		{"gmt_payment", "yesterday"}, {"gmt_payment", "0001-01-01 00:00:00"}, {"gmt_payment", "2026-11-23T16:00:00Z"},
		{"refund_fee", "a lot"}, {"refund_fee", "-1.00"}, {"refund_fee", "1e1"},
	} {
		n := deliver(t, paid(c[0], c[1]))
		if n.Verdict != domain.VerdictUnreadable || !strings.HasPrefix(n.Problem, c[0]+": must be") || n.Delivery.Answer != acknowledged {
			t.Errorf("%s %q: verdict %q, problem %q", c[0], c[1], n.Verdict, n.Problem)
		}
	}
	for _, changes := range [][]string{
		{"gmt_refund", "2026-11-23 17:00:00"},
		{"trade_status", "TRADE_CLOSED", "total_amount", "1e3"},
		{"trade_status", "TRADE_CLOSED", "total_amount", "0.00"},
		{"refund_fee", "1.00", "trade_no", ""},
		{"refund_fee", "1.00", "out_trade_no", "O 1"},
		{"refund_fee", "1.00", "trans_currency", "USD"},
	} {
		if n := deliver(t, paid(changes...)); n.Verdict != domain.VerdictUnreadable || n.Refund != nil {
			t.Errorf("%v: notice %+v", changes, n)
		}
	}
}

func TestYuanAreReadWithoutRounding(t *testing.T) {
	for yuan, minor := range map[string]int64{
		"1.00": 100, "1": 100, "1.5": 150, "0.01": 1, "0.1": 10, "88.88": 8888, "0.29": 29, "1.15": 115, "4.35": 435,
		"100000000.00": 10_000_000_000, "90071992547409.93": 1<<53 + 1, "92233720368547758.07": 1<<63 - 1, "007.00": 700,
	} {
		if n := deliver(t, paid("total_amount", yuan)); n.Verdict != "" || n.Amount.Minor != minor {
			t.Errorf("%s: notice %+v", yuan, n)
		}
	}
}
