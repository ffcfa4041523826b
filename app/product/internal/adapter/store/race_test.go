package store

import (
	"context"
	"errors"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// The tests below put another transaction between two statements of one, where
// chance hardly ever puts it. SQLite has no such between.

// racing returns two stores on one database with five pieces of "tea", and the
// deduction of two of them.
func racing(t *testing.T) (s, other *Store, two domain.Deduction) {
	t.Helper()
	db := dbtest.MySQL(t, migrations.Files)
	s, other = New(db), New(db)
	tea, err := domain.NewProduct("P1", "tea", []domain.SKU{{Code: "tea", Price: 1, Currency: "CNY", Stock: 5}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(t.Context(), tea); err != nil {
		t.Fatal(err)
	}
	two, err = domain.NewDeduction("O1", []domain.Line{{SKU: "tea", Quantity: 2}})
	if err != nil {
		t.Fatal(err)
	}
	return s, other, two
}

// around runs before and after around the nth query of the intercepted kind.
func around(nth int, before, after func()) ent.Interceptor {
	n := 0
	return ent.InterceptFunc(func(next ent.Querier) ent.Querier {
		return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
			n++
			if n == nth {
				before()
				defer after()
			}
			return next.Query(ctx, q)
		})
	})
}

func nothing() {}

func (s *Store) mustStock(t *testing.T, want int64) {
	t.Helper()
	skus, err := s.SKUs(t.Context(), []string{"tea"})
	if err != nil || len(skus) != 1 || skus[0].Stock != want {
		t.Errorf("SKUs are %+v, %v, want a stock of %d", skus, err, want)
	}
}

func TestAReleaseSeesADeductionThatCameBetweenItsStatements(t *testing.T) {
	for _, when := range []string{"before it looks for the order", "after it looked for the order"} {
		t.Run(when, func(t *testing.T) {
			s, other, two := racing(t)
			deduct := func() {
				if answer, err := other.Deduct(t.Context(), two); err != nil || answer.Outcome != domain.OutcomeDeducted {
					t.Errorf("the deduction is answered with %+v, %v", answer, err)
				}
			}
			before, after := deduct, nothing
			if when != "before it looks for the order" {
				before, after = nothing, deduct
			}
			s.write.Deduction.Intercept(around(1, before, after))
			if outcome, err := s.Release(t.Context(), "O1"); err != nil || outcome != domain.ReleaseDone {
				t.Errorf("the release is answered with %q, %v", outcome, err)
			}
			s.mustStock(t, 5)
			if movements, err := s.Movements(t.Context(), "tea", 0, 10); err != nil || len(movements) != 3 {
				t.Errorf("movements are %+v, %v, want opening, sale and release", movements, err)
			}
		})
	}
}

func TestStockThatArrivesWhileAnOrderIsRefusedIsTaken(t *testing.T) {
	s, other, _ := racing(t)
	seven, err := domain.NewDeduction("O7", []domain.Line{{SKU: "tea", Quantity: 7}})
	if err != nil {
		t.Fatal(err)
	}
	restock := func() {
		change, err := domain.NewRestock("tea", "r1", 3, "")
		if err != nil {
			t.Error(err)
		}
		if _, err := other.Change(t.Context(), change); err != nil {
			t.Error(err)
		}
	}
	// The first query finds the SKU, the second asks what is short.
	s.write.SKU.Intercept(around(2, restock, nothing))
	if answer, err := s.Deduct(t.Context(), seven); err != nil || answer.Outcome != domain.OutcomeDeducted {
		t.Errorf("the order is answered with %+v, %v", answer, err)
	}
	s.mustStock(t, 1)
}

func TestADeductionWhoseRowVanishesIsDecidedAnew(t *testing.T) {
	s, other, two := racing(t)
	refused, err := domain.NewDeduction("O1", []domain.Line{{SKU: "none", Quantity: 2}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Deduct(t.Context(), refused); err != nil {
		t.Fatal(err)
	}
	// An operator deletes the row after the insert met it and before it is read.
	s.read.Deduction.Intercept(around(1, func() { other.write.Deduction.DeleteOneID("O1").ExecX(t.Context()) }, nothing))
	if answer, err := s.Deduct(t.Context(), two); err != nil || answer.Outcome != domain.OutcomeDeducted {
		t.Errorf("the order is answered with %+v, %v", answer, err)
	}
	s.mustStock(t, 3)
}

func TestAnOrderThatTookStockButLostItsRowIsNotDecidedAgain(t *testing.T) {
	s, other, two := racing(t)
	if _, err := s.Deduct(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	other.write.Deduction.DeleteOneID("O1").ExecX(t.Context())
	if answer, err := s.Deduct(t.Context(), two); err == nil {
		t.Errorf("the order is answered with %+v", answer)
	}
	s.mustStock(t, 3)
}

// A caller who goes away in the middle leaves nothing half done and no lock behind.
func TestACallerWhoGoesAwayInTheMiddleLeavesNothing(t *testing.T) {
	s, other, two := racing(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// The second query reads the balance after the stock was taken.
	s.write.SKU.Intercept(around(2, cancel, nothing))
	if answer, err := s.Deduct(ctx, two); !errors.Is(err, context.Canceled) {
		t.Errorf("the order is answered with %+v, %v", answer, err)
	}
	other.mustStock(t, 5)
	if stored, err := other.Deductions(t.Context(), usecase.DeductionFilter{}, 10); err != nil || len(stored) != 0 {
		t.Errorf("stored are %+v, %v", stored, err)
	}
	if answer, err := other.Deduct(t.Context(), two); err != nil || answer.Outcome != domain.OutcomeDeducted {
		t.Errorf("asked again, the order is answered with %+v, %v", answer, err)
	}
}
