package wechatpay_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/adapter/refund/wechatpay"
)

// roundTrips is an http.RoundTripper.
type roundTrips func(*http.Request) (*http.Response, error)

func (f roundTrips) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestACallOfSeveralExchangesEndsAtOneTime(t *testing.T) {
	for name, call := range map[string]func(*wechatpay.API, *fake){
		"a refund asked for again and refused": func(a *wechatpay.API, f *fake) {
			f.say(ask, refuse(400, "INVALID_REQUEST"))
			_, _ = a.Refund(t.Context(), request(true))
			f.asked(query, ask, query)
		},
		"a closing that is refused": func(a *wechatpay.API, f *fake) {
			f.say(closeTrade, refuse(400, "INVALID_REQUEST"))
			f.say(queryTrade, answer{status: 200, body: paidTrade})
			_ = a.Close(t.Context(), "O1")
			f.asked(closeTrade, queryTrade)
		},
	} {
		f := newFake(t)
		a := build(t, config(t, f.url)).(*wechatpay.API)
		ends := map[time.Time]bool{}
		a.Through(func(next http.RoundTripper) http.RoundTripper {
			return roundTrips(func(r *http.Request) (*http.Response, error) {
				end, _ := r.Context().Deadline()
				ends[end] = true
				return next.RoundTrip(r)
			})
		})
		call(a, f)
		if len(ends) != 1 || ends[time.Time{}] {
			t.Errorf("%s: its exchanges end at %v", name, ends)
		}
	}
}
