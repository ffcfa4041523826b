package stripe_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

var asked = domain.RefundRequest{
	Number: "P1-1", TransactionID: "pi_1", OrderNumber: "O1",
	Amount: domain.Money{Minor: 500, Currency: "USD"}, Paid: domain.Money{Minor: 1999, Currency: "USD"}, Reason: "late",
}

func again(r domain.RefundRequest) domain.RefundRequest {
	r.Again = true
	return r
}

func paidFake(t *testing.T) *fakeStripe {
	t.Helper()
	f := newFake(t)
	f.intents = []object{payment("pi_1", "O1", "succeeded")}
	return f
}

func TestARefundNamesPaymentAmountAndItsNumber(t *testing.T) {
	f := paidFake(t)
	report, err := f.api(func(c *conf.Stripe) { c.Account = "acct_1" }).Refund(t.Context(), asked)
	if err != nil || report != (domain.RefundReport{State: domain.RefundConfirmed, Ref: "re_1"}) {
		t.Fatalf("report %+v, %v", report, err)
	}
	if len(f.requests) != 1 || f.requests[0] != "POST /v1/refunds" {
		t.Fatalf("requests %v", f.requests)
	}
	for name, want := range map[string]string{
		"payment_intent": "pi_1", "amount": "500", "metadata[refund]": "P1-1", "metadata[order]": "O1",
	} {
		if got := f.forms[0].Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	for name, want := range map[string]string{
		"Idempotency-Key": "P1-1", "Stripe-Account": "acct_1", "Content-Type": "application/x-www-form-urlencoded",
	} {
		if got := f.headers[0].Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
}

func TestEachStatusOfARefundIsMapped(t *testing.T) {
	for status, want := range map[string]domain.RefundReport{
		"succeeded":       {State: domain.RefundConfirmed},
		"pending":         {State: domain.RefundSent},
		"requires_action": {State: domain.RefundSent, Reason: "requires_action"},
		"failed":          {State: domain.RefundFailed, Reason: "failed"},
		"canceled":        {State: domain.RefundFailed, Reason: "canceled"},
	} {
		f := paidFake(t)
		f.status = status
		want.Ref = "re_1"
		for _, r := range []domain.RefundRequest{asked, again(asked)} {
			if report, err := f.api().Refund(t.Context(), r); err != nil || report != want {
				t.Errorf("%s: report %+v, %v", status, report, err)
			}
		}
		if len(f.refunds) != 1 {
			t.Errorf("%s: %d refunds", status, len(f.refunds))
		}
	}
	f := paidFake(t)
	f.status = "novelty"
	if report, err := f.api().Refund(t.Context(), asked); err == nil {
		t.Errorf("an unknown status: report %+v", report)
	}
}

func TestAnAnswerLostOnItsWayIsAskedAgainAndRefundsOnce(t *testing.T) {
	for name, pruned := range map[string]bool{"the same day": false, "after Stripe has forgotten the key": true} {
		t.Run(name, func(t *testing.T) {
			f := paidFake(t)
			f.lose = func(*http.Request) bool { return true }
			api := f.api()
			if report, err := api.Refund(t.Context(), asked); err == nil {
				t.Fatalf("report %+v", report)
			}
			f.lose = nil
			if pruned {
				f.saved = map[string]saved{}
			}
			for range 2 {
				report, err := api.Refund(t.Context(), again(asked))
				if err != nil || report.State != domain.RefundConfirmed || report.Ref != "re_1" {
					t.Fatalf("report %+v, %v", report, err)
				}
			}
			if len(f.refunds) != 1 {
				t.Fatalf("%d refunds", len(f.refunds))
			}
		})
	}
}

func TestARefundThatStripeNeverSawIsMadeWhenAskedAgain(t *testing.T) {
	f := paidFake(t)
	f.answer = func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }
	api := f.api()
	if report, err := api.Refund(t.Context(), asked); err == nil {
		t.Fatalf("report %+v", report)
	}
	f.answer = nil
	report, err := api.Refund(t.Context(), again(asked))
	if err != nil || report.State != domain.RefundConfirmed || len(f.refunds) != 1 {
		t.Fatalf("report %+v, %v, %d refunds", report, err, len(f.refunds))
	}
}

func TestARefundIsFoundOnALaterPage(t *testing.T) {
	f := paidFake(t)
	api := f.api()
	for _, number := range []string{"P1-1", "X1", "X2", "X3", "X4"} {
		r := asked
		r.Number, r.Amount.Minor = number, 100
		if _, err := api.Refund(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	r := again(asked)
	r.Amount.Minor = 100
	f.saved = map[string]saved{}
	report, err := api.Refund(t.Context(), r)
	if err != nil || report.Ref != "re_1" || len(f.refunds) != 5 {
		t.Fatalf("report %+v, %v, %d refunds", report, err, len(f.refunds))
	}
}

func TestAnAnswerAboutAnotherRefundIsForAPerson(t *testing.T) {
	for name, change := range map[string]func(made object){
		"amount":     func(made object) { made["amount"] = 501 },
		"no amount":  func(made object) { made["amount"] = 0 },
		"currency":   func(made object) { made["currency"] = "eur" },
		"number":     func(made object) { made["metadata"] = object{"refund": "P2-1"} },
		"payment":    func(made object) { made["payment_intent"] = "pi_2" },
		"bad number": func(made object) { delete(made, "metadata") },
	} {
		f := paidFake(t)
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			made := object{
				"id": "re_1", "amount": 500, "currency": "usd", "status": "succeeded",
				"payment_intent": "pi_1", "metadata": object{"refund": "P1-1"},
			}
			change(made)
			encode(w, made)
			return true
		}
		report, err := f.api().Refund(t.Context(), asked)
		if err != nil || !report.Stuck || report.State != domain.RefundSent || report.Ref != "re_1" || report.Reason == "" {
			t.Errorf("%s: report %+v, %v", name, report, err)
		}
	}
}

func TestTwoRefundsWithOneNumberAreForAPerson(t *testing.T) {
	f := paidFake(t)
	made := func(id, status string) object {
		return object{
			"id": id, "amount": int64(500), "currency": "usd", "status": status,
			"payment_intent": "pi_1", "metadata": object{"refund": "P1-1"},
		}
	}
	f.refunds = []object{made("re_1", "succeeded"), made("re_2", "pending")}
	if report, err := f.api().Refund(t.Context(), again(asked)); err != nil || !report.Stuck {
		t.Errorf("report %+v, %v", report, err)
	}
	f.refunds = []object{made("re_1", "failed"), made("re_2", "succeeded")}
	report, err := f.api().Refund(t.Context(), again(asked))
	if err != nil || report.State != domain.RefundConfirmed || report.Ref != "re_2" {
		t.Errorf("one that failed moves no money: report %+v, %v", report, err)
	}
}

func TestAmountsGoOutAsStripeCountsThem(t *testing.T) {
	for _, c := range []struct {
		amount domain.Money
		want   string
	}{
		{domain.Money{Minor: 500, Currency: "JPY"}, "500"},
		{domain.Money{Minor: 5, Currency: "ISK"}, "500"},
		{domain.Money{Minor: 500, Currency: "MGA"}, "5"},
	} {
		f := paidFake(t)
		f.intents[0]["currency"] = strings.ToLower(c.amount.Currency)
		r := asked
		r.Amount = c.amount
		report, err := f.api().Refund(t.Context(), r)
		if err != nil || report.State != domain.RefundConfirmed || f.forms[0].Get("amount") != c.want {
			t.Errorf("%s: sent %s, report %+v, %v", c.amount, f.forms[0].Get("amount"), report, err)
		}
	}
	f := paidFake(t)
	r := asked
	r.Amount = domain.Money{Minor: 501, Currency: "MGA"}
	if _, err := f.api().Refund(t.Context(), r); err == nil || len(f.requests) != 0 {
		t.Errorf("a fraction that Stripe does not know: %v, %d requests", err, len(f.requests))
	}
}
