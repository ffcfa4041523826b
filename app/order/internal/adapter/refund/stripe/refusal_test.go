package stripe_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

func TestNoAnswerOfStripeIsTakenForARefusal(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"500":               {http.StatusInternalServerError, ""},
		"503, with a code":  {http.StatusServiceUnavailable, `{"error":{"code":"charge_already_refunded"}}`},
		"429":               {http.StatusTooManyRequests, `{"error":{"code":"rate_limit"}}`},
		"409":               {http.StatusConflict, `{"error":{"type":"idempotency_error"}}`},
		"a wrong key":       {http.StatusUnauthorized, `{"error":{"message":"Invalid API Key: ` + apiKey + `"}}`},
		"unknown payment":   {http.StatusNotFound, `{"error":{"code":"resource_missing"}}`},
		"other parameters":  {http.StatusBadRequest, `{"error":{"type":"idempotency_error"}}`},
		"a redirect":        {http.StatusFound, ""},
		"garbage":           {http.StatusOK, "<html>"},
		"nothing":           {http.StatusOK, ""},
		"another object":    {http.StatusOK, `{"object":"charge"}`},
		"a list of nothing": {http.StatusOK, `{"has_more":false}`},
		"an endless answer": {http.StatusOK, strings.Repeat(" ", 1<<20+1)},
	} {
		f := paidFake(t)
		f.answer = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Location", "/v1/elsewhere")
			w.WriteHeader(answer.status)
			fmt.Fprint(w, answer.body)
			return true
		}
		for _, r := range []domain.RefundRequest{asked, again(asked)} {
			report, err := f.api().Refund(t.Context(), r)
			if err == nil || report != (domain.RefundReport{}) {
				t.Errorf("%s: report %+v, %v", name, report, err)
			}
			if err != nil && (strings.Contains(err.Error(), apiKey) || strings.Contains(err.Error(), "html")) {
				t.Errorf("%s: the error tells too much: %v", name, err)
			}
		}
	}
}

func TestATimeOutIsNoAnswer(t *testing.T) {
	f := paidFake(t)
	f.answer = func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }
	api := f.api(func(c *conf.Stripe) { c.Api.Endpoint.Timeout = durationpb.New(50 * time.Millisecond) })
	if report, err := api.Refund(t.Context(), asked); err == nil {
		t.Fatalf("report %+v", report)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if report, err := f.api().Refund(ctx, asked); err == nil {
		t.Fatalf("report %+v", report)
	}
}

func TestADefiniteRefusalSaysWhy(t *testing.T) {
	t.Run("the payment was refunded by somebody else", func(t *testing.T) {
		f := paidFake(t)
		f.refunds = []object{{"id": "re_9", "amount": int64(1999), "currency": "usd", "payment_intent": "pi_1", "status": "succeeded"}}
		for _, r := range []domain.RefundRequest{asked, again(asked)} {
			report, err := f.api().Refund(t.Context(), r)
			if err != nil || report.State != domain.RefundFailed || !strings.HasPrefix(report.Reason, "charge_already_refunded: ") {
				t.Errorf("report %+v, %v", report, err)
			}
		}
	})
	t.Run("more than is left", func(t *testing.T) {
		f := paidFake(t)
		r := asked
		r.Amount.Minor = 2000
		report, err := f.api().Refund(t.Context(), r)
		if err != nil || report.State != domain.RefundFailed || !strings.HasPrefix(report.Reason, "Refund amount") {
			t.Errorf("report %+v, %v", report, err)
		}
	})
	t.Run("disputed", func(t *testing.T) {
		f := paidFake(t)
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				http.Error(w, `{"error":{"type":"invalid_request_error","code":"charge_disputed"}}`, http.StatusBadRequest)
			}
			return r.Method == http.MethodPost
		}
		report, err := f.api().Refund(t.Context(), asked)
		if err != nil || report.State != domain.RefundFailed || !strings.HasPrefix(report.Reason, "charge_disputed") {
			t.Errorf("report %+v, %v", report, err)
		}
	})
	t.Run("but not when the refund that was made is this one", func(t *testing.T) {
		f := paidFake(t)
		r := asked
		r.Amount = r.Paid
		if _, err := f.api().Refund(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		f.saved = map[string]saved{} // asked a second time much later, by a caller that forgot
		report, err := f.api().Refund(t.Context(), r)
		if err != nil || report.State != domain.RefundConfirmed || report.Ref != "re_1" || len(f.refunds) != 1 {
			t.Errorf("report %+v, %v, %d refunds", report, err, len(f.refunds))
		}
	})
	t.Run("but not when the status says that Stripe did not decide", func(t *testing.T) {
		for _, status := range []int{http.StatusConflict, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable} {
			f := paidFake(t)
			f.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPost {
					http.Error(w, `{"error":{"type":"invalid_request_error","code":"charge_already_refunded"}}`, status)
				}
				return r.Method == http.MethodPost
			}
			if report, err := f.api().Refund(t.Context(), asked); err == nil {
				t.Errorf("%d: report %+v", status, report)
			}
		}
	})
	t.Run("and not while it is unknown whether it was made", func(t *testing.T) {
		f := paidFake(t)
		f.refunds = []object{{"id": "re_9", "amount": int64(1999), "currency": "usd", "payment_intent": "pi_1", "status": "succeeded"}}
		f.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet {
				w.WriteHeader(http.StatusInternalServerError)
			}
			return r.Method == http.MethodGet
		}
		if report, err := f.api().Refund(t.Context(), asked); err == nil {
			t.Errorf("report %+v", report)
		}
	})
}
