package standard_test

import (
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const refunded = `{"transactionId":"tx1","orderNumber":"O1","refundNumber":"P1-1","refundId":"r1","amount":400,"currency":"CNY","state":"refunded"}`

func TestRefundNotices(t *testing.T) {
	p := provider(t, keyring.Key{ID: "a", Text: secretA})
	read := func(t *testing.T, body string) domain.Notice { return acknowledged(t, p, body) }
	with := func(old, replacement string) string {
		if !strings.Contains(refunded, old) {
			t.Fatalf("%s is not in the notice", old)
		}
		return strings.Replace(refunded, old, replacement, 1)
	}
	t.Run("each state is one of a refund", func(t *testing.T) {
		for _, c := range []struct {
			body string
			want domain.RefundNotice
		}{
			{refunded, domain.RefundNotice{Number: "P1-1", Ref: "r1", State: domain.RefundConfirmed}},
			{with(`"refunded"`, `"refund_pending"`), domain.RefundNotice{Number: "P1-1", Ref: "r1", State: domain.RefundSent}},
			{with(`"refunded"`, `"refund_failed","reason":"account closed"`), domain.RefundNotice{Number: "P1-1", Ref: "r1", State: domain.RefundFailed, Reason: "account closed"}},
			{with(`"P1-1"`, `""`), domain.RefundNotice{Ref: "r1", State: domain.RefundConfirmed}},
			{with(`"refundId":"r1",`, ``), domain.RefundNotice{Number: "P1-1", State: domain.RefundConfirmed}},
		} {
			n := read(t, c.body)
			if n.Verdict != "" || n.Refund == nil || *n.Refund != c.want || n.TransactionID != "tx1" || n.OrderNumber != "O1" ||
				n.Amount != (domain.Money{Minor: 400, Currency: "CNY"}) {
				t.Errorf("%s: notice %+v, refund %+v", c.body, n, n.Refund)
			}
		}
	})
	t.Run("the transaction is enough to name the order", func(t *testing.T) {
		if n := read(t, with(`"O1"`, `""`)); n.Verdict != "" || n.Refund == nil {
			t.Errorf("notice %+v", n)
		}
	})
	t.Run("a refund never pays, and a payment never refunds", func(t *testing.T) {
		if n := read(t, with(`"refunded"`, `"paid"`)); n.Refund != nil {
			t.Errorf("notice %+v", n)
		}
		for _, state := range []string{`"REFUNDED"`, `"refund"`, `"refunded "`} {
			if n := read(t, with(`"refunded"`, state)); n.Verdict != domain.VerdictNotPaid || n.Refund != nil {
				t.Errorf("state %s: notice %+v", state, n)
			}
		}
	})
	t.Run("what cannot be read says which field and rule", func(t *testing.T) {
		for _, c := range [][3]string{
			{"400", "4e2", "amount: must be"},
			{"400", "0", "amount: must be"},
			{"400", `"400"`, "amount: must be"},
			{`"CNY"`, `"cny"`, "currency: must be"},
			{`"tx1"`, `""`, "transactionId: must be"},
			{`"O1"`, `"O 1"`, "orderNumber: must be"},
			{`"P1-1"`, `"P 1"`, "refundNumber: must be"},
			{`"P1-1"`, `"` + strings.Repeat("x", 65) + `"`, "refundNumber: must be"},
			{`"r1"`, `"é"`, "refundId: must be"},
			{`"refundNumber":"P1-1","refundId":"r1",`, ``, "refundNumber: must be"},
		} {
			n := read(t, with(c[0], c[1]))
			if n.Verdict != domain.VerdictUnreadable || !strings.HasPrefix(n.Problem, c[2]) || n.Refund != nil {
				t.Errorf("%s: verdict %q, problem %q", c[1], n.Verdict, n.Problem)
			}
		}
	})
}
