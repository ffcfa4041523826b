package usecasetest

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func runCallbacks(t *testing.T, open func(t *testing.T) Ports) {
	keep := func(t *testing.T, p Ports, n domain.Notice, v domain.Verdict) {
		t.Helper()
		if err := p.Payments.Keep(t.Context(), callback(n, v)); err != nil {
			t.Fatal(err)
		}
	}
	list := func(t *testing.T, p Ports, filter usecase.CallbackFilter, before int64, limit int) []domain.KeptCallback {
		t.Helper()
		kept, err := p.Callbacks.List(t.Context(), filter, before, limit)
		if err != nil {
			t.Fatal(err)
		}
		return kept
	}
	transactions := func(kept []domain.KeptCallback) []string {
		var names []string
		for _, c := range kept {
			names = append(names, c.TransactionID)
		}
		return names
	}
	t.Run("a notice is kept whole, and so is why it is one", func(t *testing.T) {
		p := open(t)
		n := Notice("O", id("tx"))
		n.Problem = "amount: is 1.00"
		n.Refund = &domain.RefundNotice{
			Number: "R1", Ref: "re_1", State: domain.RefundFailed,
			Cumulative: true, Chargeback: true, Stuck: true, Reason: "the card is closed",
		}
		n.Delivery.Headers = []domain.Header{{Name: "B", Value: "2"}, {Name: "A", Value: "ü"}, {Name: "B", Value: ""}}
		n.Delivery.Body = []byte{0xff, 0, 'x'}
		keep(t, p, n, domain.VerdictUnreadable)
		found := list(t, p, usecase.CallbackFilter{}, 0, 10)
		if len(found) != 1 || found[0].Delivery.Body != nil || found[0].Delivery.Headers != nil {
			t.Fatalf("listed %+v", found)
		}
		got, err := p.Callbacks.Find(t.Context(), found[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Callback, callback(n, domain.VerdictUnreadable)) || got.At.IsZero() || !got.At.Equal(found[0].At) {
			t.Errorf("found %+v", got)
		}
	})
	t.Run("a repeat shows the body that the first holds", func(t *testing.T) {
		p := open(t)
		n := Notice("O", id("tx"))
		keep(t, p, n, domain.VerdictNotPaid)
		keep(t, p, n, domain.VerdictNotPaid)
		for _, c := range list(t, p, usecase.CallbackFilter{}, 0, 10) {
			got, err := p.Callbacks.Find(t.Context(), c.ID)
			if err != nil || string(got.Delivery.Body) != string(n.Delivery.Body) {
				t.Errorf("callback %d has the body %q, %v", c.ID, got.Delivery.Body, err)
			}
		}
	})
	t.Run("a replay names what it repeats, who asked for it and why", func(t *testing.T) {
		p := open(t)
		n := Notice("O", id("tx"))
		n.Delivery.Headers, n.Delivery.Answer = []domain.Header{}, domain.Answer{}
		n.Delivery.Replay = &domain.Replay{Of: 7, By: "ann", Reason: "the order exists by now"}
		keep(t, p, n, domain.VerdictReplay)
		got, err := p.Callbacks.Find(t.Context(), list(t, p, usecase.CallbackFilter{}, 0, 1)[0].ID)
		if err != nil || !reflect.DeepEqual(got.Callback, callback(n, domain.VerdictReplay)) {
			t.Errorf("found %+v, %v", got, err)
		}
	})
	t.Run("lists are filtered, newest first, and go on below an id", func(t *testing.T) {
		p := open(t)
		for _, c := range []struct {
			order, transaction, provider string
			verdict                      domain.Verdict
		}{
			{"O1", "a", "standard", domain.VerdictNotPaid},
			{"O1", "b", "stripe", domain.VerdictConflict},
			{"O2", "c", "standard", domain.VerdictConflict},
			{"o1", "d", "standard", domain.VerdictNotPaid},
		} {
			n := Notice(c.order, c.transaction)
			n.Provider = c.provider
			keep(t, p, n, c.verdict)
		}
		now, err := p.Orders.Now(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			filter usecase.CallbackFilter
			want   []string
		}{
			{usecase.CallbackFilter{}, []string{"d", "c", "b", "a"}},
			{usecase.CallbackFilter{Order: "O1"}, []string{"b", "a"}},
			{usecase.CallbackFilter{Provider: "standard"}, []string{"d", "c", "a"}},
			{usecase.CallbackFilter{Verdict: domain.VerdictConflict}, []string{"c", "b"}},
			{usecase.CallbackFilter{Verdict: domain.VerdictConflict, Order: "O2"}, []string{"c"}},
			{usecase.CallbackFilter{Since: now.Add(-time.Hour)}, []string{"d", "c", "b", "a"}},
			{usecase.CallbackFilter{Since: now.Add(time.Hour)}, nil},
		} {
			if got := transactions(list(t, p, tc.filter, 0, 10)); !slices.Equal(got, tc.want) {
				t.Errorf("%+v: %v, want %v", tc.filter, got, tc.want)
			}
		}
		var pages []string
		for before, left := int64(0), true; left; {
			page := list(t, p, usecase.CallbackFilter{Provider: "standard"}, before, 2)
			pages = append(pages, transactions(page)...)
			if left = len(page) == 2; left {
				before = page[1].ID
			}
		}
		if want := []string{"d", "c", "a"}; !slices.Equal(pages, want) {
			t.Errorf("in pages %v, want %v", pages, want)
		}
	})
	t.Run("a callback nobody sent is not found", func(t *testing.T) {
		p := open(t)
		if _, err := p.Callbacks.Find(t.Context(), 404); !errors.Is(err, usecase.ErrCallbackNotFound) {
			t.Errorf("error %v", err)
		}
	})
}
