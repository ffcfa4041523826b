package domain

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// row is an order's row, changed by nothing but the rules of this package.
type row struct {
	stored   *StoredDeduction
	onHand   map[string]int64
	taken    int    // how often the stock was taken
	returned int    // how often it came back
	first    string // fingerprint of the deduction that was decided
	answer   Answer // to it, for ever
}

func (r *row) deduct(t *rapid.T, d Deduction) Answer {
	if r.stored != nil {
		before := *r.stored
		answer, err := Replay(*r.stored, d)
		if err != nil || !reflect.DeepEqual(*r.stored, before) {
			t.Fatalf("%v, and the row became %+v", err, *r.stored)
		}
		return answer
	}
	r.stored = &StoredDeduction{OrderNumber: "O1", State: StateDeducted, Fingerprint: d.Fingerprint()}
	r.first, r.answer = d.Fingerprint(), Answer{Outcome: OutcomeDeducted}
	if short := d.Shortages(r.onHand); len(short) > 0 {
		r.stored.State, r.stored.Short = StateRefused, short
		r.answer = Answer{Outcome: OutcomeRefused, Short: short}
		return r.answer
	}
	r.taken++
	return r.answer
}

func (r *row) release(t *rapid.T) ReleaseOutcome {
	if r.stored == nil {
		r.stored = &StoredDeduction{OrderNumber: "O1", State: StateReleased}
		return ReleaseDone
	}
	outcome, decided, err := ReplayRelease(*r.stored)
	if err != nil {
		t.Fatal(err)
	}
	if !decided {
		r.stored.State = StateReleased
		r.returned++
		return ReleaseDone
	}
	return outcome
}

// However often an order is deducted and released, with whatever content, while
// stock comes and goes: it takes once at most, gives back once at most and only what
// it took, and an answer once given stays.
func TestAnOrderTakesItsStockOnceWhateverIsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &row{onHand: map[string]int64{"a": rapid.Int64Range(0, 3).Draw(t, "a"), "b": rapid.Int64Range(0, 3).Draw(t, "b")}}
		releases := 0
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if r.taken > 1 || r.returned > r.taken {
					t.Fatalf("taken %d times, returned %d times", r.taken, r.returned)
				}
			},
			"stock comes or goes": func(t *rapid.T) {
				r.onHand[rapid.SampledFrom([]string{"a", "b"}).Draw(t, "sku")] = rapid.Int64Range(0, 3).Draw(t, "stock")
			},
			"deduct": func(t *rapid.T) {
				d := drawn(t, "O1", []Line{{"a", rapid.Int64Range(1, 2).Draw(t, "quantity")}, {"b", 1}})
				got := r.deduct(t, d)
				want := r.answer
				switch {
				case r.stored.State == StateReleased:
					want = Answer{Outcome: OutcomeRefused}
				case r.first != d.Fingerprint():
					want = Answer{Outcome: OutcomeConflict}
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("answered %+v, want %+v", got, want)
				}
			},
			"release": func(t *rapid.T) {
				releases++
				got := r.release(t)
				refused := r.stored.State == StateRefused
				if refused != (got == ReleaseRefused) || !refused && got != ReleaseDone {
					t.Fatalf("answered %q, the order is %s", got, r.stored.State)
				}
				if r.returned != r.taken {
					t.Fatalf("after %d releases the stock was taken %d times and returned %d times", releases, r.taken, r.returned)
				}
			},
		})
	})
}
