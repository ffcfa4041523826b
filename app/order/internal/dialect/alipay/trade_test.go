package alipay_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

var known = domain.Notice{OrderNumber: "O1", TransactionID: "tx1", State: alipay.Success}

func TestAPaidTradeIsCompletedExactly(t *testing.T) {
	paid := alipay.Paid{Amount: "88.88", Currency: "CNY", PaidAt: "2026-11-23 16:00:00", PaidAtField: "gmt_payment"}
	want := known
	want.Amount = domain.Money{Minor: 8888, Currency: "CNY"}
	want.PaidAt = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	if n := paid.Complete(known); !reflect.DeepEqual(n, want) {
		t.Errorf("notice %+v", n)
	}
	paid.Currency, paid.PaidAt, want.PaidAt = "", "", time.Time{}
	if n := paid.Complete(known); !reflect.DeepEqual(n, want) {
		t.Errorf("without currency and time: %+v", n)
	}
}

func TestAPaidTradeThatCannotBeReadSaysWhichFieldAndRule(t *testing.T) {
	for want, change := range map[string]func(*domain.Notice, *alipay.Paid){
		"out_trade_no":   func(n *domain.Notice, _ *alipay.Paid) { n.OrderNumber = "" },
		"trade_no":       func(n *domain.Notice, _ *alipay.Paid) { n.TransactionID = "" },
		"trans_currency": func(_ *domain.Notice, p *alipay.Paid) { p.Currency = "USD" },
		"total_amount":   func(_ *domain.Notice, p *alipay.Paid) { p.Amount = "0.00" },
		"send_pay_date":  func(_ *domain.Notice, p *alipay.Paid) { p.PaidAt = "1999-12-31 23:59:59" },
	} {
		n, paid := known, alipay.Paid{Amount: "1.00", PaidAtField: "send_pay_date"}
		change(&n, &paid)
		if got := paid.Complete(n); got.Verdict != domain.VerdictUnreadable || !strings.HasPrefix(got.Problem, want+": must be") {
			t.Errorf("%s: notice %+v", want, got)
		}
	}
}

func TestTimesAreOfBeijing(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 0, 1, 999, time.UTC)
	if text := alipay.Timestamp(at); text != "2026-11-23 16:00:01" {
		t.Errorf("written %s", text)
	}
	for text, want := range map[string]time.Time{
		"":                           {},
		"2026-11-23 16:00:01":        at.Truncate(time.Second),
		"2026-11-23 16:00:01.123456": at.Truncate(time.Second).Add(123456 * time.Microsecond),
	} {
		if got, err := alipay.Moment(text); err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%q reads %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"yesterday", "0001-01-01 00:00:00", "9999-01-01 00:00:00", "2026-11-23T16:00:00Z", " "} {
		if got, err := alipay.Moment(text); err == nil || !got.IsZero() {
			t.Errorf("%q reads %s", text, got)
		}
	}
}
