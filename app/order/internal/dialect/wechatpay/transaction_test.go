package wechatpay_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const paid = `{"mchid":"1900000001","appid":"wx0123456789abcdef","out_trade_no":"O1","transaction_id":"4200001",` +
	`"trade_state":"SUCCESS","success_time":"2026-11-23T16:00:00+08:00","amount":{"total":1000,"payer_total":900,"currency":"CNY"}}`

var merchant = wechatpay.Merchant{MchID: "1900000001", AppIDs: []string{"wxsecond", "wx0123456789abcdef"}}

func decode(t *testing.T, text string) wechatpay.Transaction {
	t.Helper()
	var made wechatpay.Transaction
	if err := json.Unmarshal([]byte(text), &made); err != nil {
		t.Fatal(err)
	}
	return made
}

func TestAPaidTransactionIsWhatTheOrderCosts(t *testing.T) {
	for _, state := range []string{"SUCCESS", "REFUND"} {
		made := decode(t, strings.Replace(paid, "SUCCESS", state, 1))
		want := domain.Notice{
			OrderNumber: "O1", TransactionID: "4200001", State: state, PaidAt: now, Amount: domain.Money{Minor: 1000, Currency: "CNY"},
		}
		if n := made.Complete(made.Notice()); !reflect.DeepEqual(n, want) || made.Foreign(merchant) != "" {
			t.Errorf("%s: notice %+v, foreign %q", state, n, made.Foreign(merchant))
		}
	}
}

func TestOnlyDocumentedStatesAreUnderstood(t *testing.T) {
	for state, want := range map[string]domain.Verdict{
		"NOTPAY": domain.VerdictNotPaid, "CLOSED": domain.VerdictNotPaid, "REVOKED": domain.VerdictNotPaid,
		"USERPAYING": domain.VerdictNotPaid, "PAYERROR": domain.VerdictNotPaid, "ACCEPT": domain.VerdictNotPaid,
		"success": domain.VerdictUnreadable, "PAID": domain.VerdictUnreadable, "": domain.VerdictUnreadable,
	} {
		made := wechatpay.Transaction{TradeState: state}
		if n := made.Complete(made.Notice()); n.Verdict != want || n.Amount.Minor != 0 {
			t.Errorf("%q: notice %+v", state, n)
		}
	}
}

func TestWhatIsPaidSaysWhichFieldCannotBeRead(t *testing.T) {
	for want, change := range map[string][2]string{
		"mchid":           {"1900000001", ""},
		"appid":           {"wx0123456789abcdef", ""},
		"out_trade_no":    {`"O1"`, `"O 1"`},
		"transaction_id":  {"4200001", "é"},
		"amount.currency": {"CNY", "cny"},
		"amount.total":    {`"total":1000`, `"total":1e3`},
		"success_time":    {"2026-11-23T16", "1996-11-23T16"},
	} {
		made := decode(t, strings.Replace(paid, change[0], change[1], 1))
		n := made.Complete(made.Notice())
		if n.Verdict != domain.VerdictUnreadable || !strings.HasPrefix(n.Problem, want+": must ") {
			t.Errorf("%s: notice %+v", want, n)
		}
	}
}

func TestATransactionOfAnotherMerchantIsForeign(t *testing.T) {
	for text, want := range map[string]string{
		paid: "", `{}`: "", `{"mchid":"1900000001"}`: "", `{"appid":"wxsecond"}`: "",
		`{"mchid":"1900000002"}`:                     "mchid: must ",
		`{"mchid":"1900000001","appid":"wxOther"}`:   "appid: must ",
		`{"mchid":"1900000002","appid":"wxsecond"}`:  "mchid: must ",
		`{"mchid":"1900000001 ","appid":"wxsecond"}`: "mchid: must ",
	} {
		got := decode(t, text).Foreign(merchant)
		if (got == "") != (want == "") || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestEveryStatusOfARefundIsMapped(t *testing.T) {
	for status, want := range map[string]domain.RefundReport{
		"SUCCESS":    {State: domain.RefundConfirmed},
		"PROCESSING": {State: domain.RefundSent},
		"ABNORMAL":   {State: domain.RefundSent, Stuck: true, Reason: "ABNORMAL"},
		"CLOSED":     {State: domain.RefundFailed, Reason: "CLOSED"},
	} {
		if got, err := wechatpay.RefundReport(status); err != nil || got != want {
			t.Errorf("%s: %+v, %v", status, got, err)
		}
	}
	for _, status := range []string{"", "success", "REFUNDED"} {
		if got, err := wechatpay.RefundReport(status); err == nil {
			t.Errorf("%q: %+v", status, got)
		}
	}
}
