package wechatpay_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// read reads a body signed by WeChat Pay.
func read(t *testing.T, p *wechatpay.Provider, body string) domain.Notice {
	t.Helper()
	n, err := p.Read(signA(t, body), now)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func acknowledged(t *testing.T, n domain.Notice) {
	t.Helper()
	if a := n.Delivery.Answer; a.Status != okStatus || a.Body != `{"code":"SUCCESS"}` || a.ContentType != "application/json" {
		t.Errorf("answer %+v: a notice that is not acknowledged comes back for a day", a)
	}
}

func TestAPaidTransactionPaysWhatTheOrderCosts(t *testing.T) {
	n := read(t, provider(t), paidNotice(t, transaction(t, "attach", `"x"`)))
	acknowledged(t, n)
	if n.Verdict != "" || n.Problem != "" || n.Refund != nil || n.State != "SUCCESS" ||
		n.OrderNumber != "O1" || n.TransactionID != "4200001" || !n.PaidAt.Equal(now) || n.PaidAt.Location() != time.UTC {
		t.Errorf("notice %+v", n)
	}
	if n.Amount != (domain.Money{Minor: 1000, Currency: "CNY"}) {
		t.Errorf("amount %s: not amount.total", n.Amount)
	}
}

func TestAmountsBeyondAFloatsPrecisionAreExact(t *testing.T) {
	n := read(t, provider(t), paidNotice(t, transaction(t, "amount.total", "9007199254740993")))
	if n.Verdict != "" || n.Amount.Minor != 1<<53+1 {
		t.Errorf("notice %+v", n)
	}
}

func TestEveryTradeStateIsMappedAndOnlyPaidOnesPay(t *testing.T) {
	p := provider(t)
	for state, want := range map[string]domain.Verdict{
		"SUCCESS": "", "REFUND": "", // paid, and refunded since
		"NOTPAY": domain.VerdictNotPaid, "CLOSED": domain.VerdictNotPaid, "REVOKED": domain.VerdictNotPaid,
		"USERPAYING": domain.VerdictNotPaid, "PAYERROR": domain.VerdictNotPaid, "ACCEPT": domain.VerdictNotPaid,
		"success": domain.VerdictUnreadable, "PAID": domain.VerdictUnreadable, "": domain.VerdictUnreadable,
	} {
		n := read(t, p, paidNotice(t, transaction(t, "trade_state", fmt.Sprintf("%q", state))))
		acknowledged(t, n)
		if n.Verdict != want || n.State != state {
			t.Errorf("state %q: verdict %q, state %q", state, n.Verdict, n.State)
		}
	}
}

func TestUnknownEventsAreKeptAndAcknowledged(t *testing.T) {
	p := provider(t)
	for _, body := range []string{
		`{"event_type":"PAYSCORE.USER_PAID","resource":7}`,
		notice(t, "TRANSACTION.FAIL", "transaction", v3A, transaction(t, "attach", `"x"`)),
		notice(t, "transaction.success", "transaction", v3A, transaction(t, "attach", `"x"`)),
	} {
		n := read(t, p, body)
		acknowledged(t, n)
		if n.Verdict != domain.VerdictNotPaid || n.State == "" {
			t.Errorf("%s: notice %+v", body, n)
		}
	}
}

func TestWhatIsMeantForAnotherMerchantIsAnswered400(t *testing.T) {
	p := provider(t)
	for name, body := range map[string]string{
		"payment, mchid": paidNotice(t, transaction(t, "mchid", `"1900000002"`)),
		"payment, appid": paidNotice(t, transaction(t, "appid", `"wxOther"`)),
		"not paid":       paidNotice(t, strings.Replace(transaction(t, "mchid", `"1900000002"`), "SUCCESS", "NOTPAY", 1)),
		"refund, mchid":  notice(t, "REFUND.SUCCESS", "refund", v3A, refund(t, "mchid", `"1900000002"`)),
	} {
		n := read(t, p, body)
		if n.Verdict != domain.VerdictForeign || n.Delivery.Answer.Status != http.StatusBadRequest || n.Refund != nil {
			t.Errorf("%s: notice %+v", name, n)
		}
	}
	if n := read(t, p, paidNotice(t, transaction(t, "appid", `"wxsecond"`))); n.Verdict != "" {
		t.Errorf("another app of this merchant: verdict %q", n.Verdict)
	}
}

func TestWhatCannotBeReadSaysWhichFieldAndRule(t *testing.T) {
	p := provider(t)
	for _, c := range [][2]string{
		{"amount.total", `"1000"`}, {"amount.total", "1000.0"}, {"amount.total", "1e3"}, {"amount.total", "0"},
		{"amount.total", "-1000"}, {"amount.total", "9223372036854775808"}, {"amount.total", "null"}, {"amount.total", ""},
		{"amount.currency", `"cny"`}, {"amount.currency", `"YUAN"`}, {"amount.currency", ""},
		{"out_trade_no", `""`}, {"out_trade_no", `"O 1"`}, {"out_trade_no", `"` + strings.Repeat("x", 256) + `"`},
		{"transaction_id", ""}, {"transaction_id", `"tx\n"`}, {"transaction_id", `"é"`},
		{"success_time", `"yesterday"`}, {"success_time", `"0001-01-01T00:00:00Z"`},
		{"mchid", ""}, {"appid", ""}, {"trade_state", `"PAID"`},
	} {
		n := read(t, p, paidNotice(t, transaction(t, c[0], c[1])))
		acknowledged(t, n)
		if n.Verdict != domain.VerdictUnreadable || !strings.HasPrefix(n.Problem, c[0]+": must ") {
			t.Errorf("%s %s: verdict %q, problem %q", c[0], c[1], n.Verdict, n.Problem)
		}
	}
	for _, c := range [][2]string{
		{"refund_status", `"PROCESSING"`}, {"refund_status", `"CLOSED"`}, {"amount.refund", "4.00"}, {"amount.refund", "0"},
		{"out_refund_no", ""}, {"out_refund_no", `"` + strings.Repeat("x", 65) + `"`}, {"refund_id", `""`}, {"mchid", ""},
		{"out_trade_no", `" "`}, {"transaction_id", ""},
	} {
		n := read(t, p, notice(t, "REFUND.SUCCESS", "refund", v3A, refund(t, c[0], c[1])))
		acknowledged(t, n)
		if n.Verdict != domain.VerdictUnreadable || n.Refund != nil || !strings.HasPrefix(n.Problem, c[0]+": must ") {
			t.Errorf("%s %s: verdict %q, problem %q", c[0], c[1], n.Verdict, n.Problem)
		}
	}
	for _, body := range []string{
		"", "null", "[]", `"x"`, "{", `{"event_type":5}`, "{}",
		`{"event_type":"TRANSACTION.SUCCESS"}`, `{"event_type":"TRANSACTION.SUCCESS","resource":[]}`,
		paidNotice(t, "[]"), paidNotice(t, ""), notice(t, "REFUND.SUCCESS", "refund", v3A, "[]"),
		strings.Replace(paidNotice(t, "{}"), "AEAD_AES_256_GCM", "AEAD_SM4_GCM", 1),
		strings.Replace(paidNotice(t, "{}"), "fdasflkja484", "short", 1),
	} {
		n := read(t, p, body)
		acknowledged(t, n)
		if n.Verdict != domain.VerdictUnreadable || n.Problem == "" {
			t.Errorf("%q: notice %+v", body, n)
		}
	}
}

func TestARefundNoticeTellsWhichRefundAndHowFarItIs(t *testing.T) {
	p := provider(t)
	for _, c := range []struct {
		status string
		state  domain.RefundState
		stuck  bool
		reason string
	}{
		{"SUCCESS", domain.RefundConfirmed, false, ""},
		{"ABNORMAL", domain.RefundSent, true, "ABNORMAL: 测试"},
		{"CLOSED", domain.RefundFailed, false, "CLOSED: 测试"},
	} {
		n := read(t, p, notice(t, "REFUND."+c.status, "refund", v3A, refund(t, "refund_status", fmt.Sprintf("%q", c.status))))
		acknowledged(t, n)
		want := domain.RefundNotice{Number: "P1-1", Ref: "50000001", State: c.state, Stuck: c.stuck, Reason: c.reason}
		if n.Refund == nil || *n.Refund != want {
			t.Fatalf("%s: refund %+v", c.status, n.Refund)
		}
		if n.Verdict != "" || n.OrderNumber != "O1" || n.TransactionID != "4200001" || n.Amount != (domain.Money{Minor: 400}) {
			t.Errorf("%s: notice %+v", c.status, n)
		}
	}
}

func TestTheAPIv3KeyRotates(t *testing.T) {
	p := providerWith(t, []keyring.Key{certificateA(t)}, []keyring.Key{
		{ID: "old", Text: v3A, NotAfter: now.Add(time.Hour)}, {ID: "new", Text: v3B},
	})
	for _, key := range []string{v3A, v3B} {
		n := read(t, p, notice(t, "TRANSACTION.SUCCESS", "transaction", key, transaction(t, "attach", `"x"`)))
		if n.Verdict != "" {
			t.Errorf("during the overlap: %q %q", n.Verdict, n.Problem)
		}
	}
	at := now.Add(time.Hour)
	n, err := p.Read(sign(t, privateA(), serialA, paidNotice(t, transaction(t, "attach", `"x"`)), at), at)
	if err != nil || n.Verdict != domain.VerdictUnreadable {
		t.Errorf("the old key after its end: verdict %q, error %v", n.Verdict, err)
	}
}

func TestWhatNoKeyDecryptsIsKeptAndAskedForAgain(t *testing.T) {
	body := notice(t, "TRANSACTION.SUCCESS", "transaction", v3B, transaction(t, "attach", `"x"`))
	n := read(t, provider(t), body)
	if n.Verdict != domain.VerdictUnreadable || !strings.HasPrefix(n.Problem, "resource.ciphertext: must ") {
		t.Errorf("notice %+v", n)
	}
	if n.Delivery.Answer.Status != http.StatusInternalServerError {
		t.Errorf("answer %+v: acknowledged, the payment would be lost for want of a key", n.Delivery.Answer)
	}
	if strings.Contains(n.Problem, v3A) {
		t.Errorf("problem %q holds the key", n.Problem)
	}
}

func TestRefusalsAreInWeChatPaysWords(t *testing.T) {
	for _, status := range []int{400, 401, 500, 503} {
		a := provider(t).Refuse(status)
		var body struct{ Code, Message string }
		if err := json.Unmarshal([]byte(a.Body), &body); err != nil || body.Code != "FAIL" || body.Message == "" ||
			a.Status != status || a.ContentType != "application/json" {
			t.Errorf("answer %+v", a)
		}
	}
}
