package linearizability

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// plenty is within how many histories a bug must show. Most show in the first two.
const plenty = 100

// Each bug is built around the real store, in its place or in the writing down.
func TestAPlantedBugIsFound(t *testing.T) {
	same := func(h []porcupine.Operation) []porcupine.Operation { return h }
	right := func(_ *database.DB, s *store.Store) service { return newService(s, s) }
	for _, c := range []struct {
		name    string
		service func(*database.DB, *store.Store) service
		history func([]porcupine.Operation) []porcupine.Operation
	}{
		{"a refusal is not stored", func(db *database.DB, s *store.Store) service {
			return newService(forgetfulOfRefusals{s, db}, s)
		}, same},
		{"a duplicate is deducted again", func(_ *database.DB, s *store.Store) service {
			return newService(&deductsAgain{Stock: s}, s)
		}, same},
		{"a refused order takes what there is", func(_ *database.DB, s *store.Store) service {
			return newService(takesWhatThereIs{s}, s)
		}, same},
		{"stock is read from a cache", func(_ *database.DB, s *store.Store) service {
			return newService(s, &cached{Products: s, stock: map[string]domain.SKU{}})
		}, same},
		{"SKUs are read at different moments", func(_ *database.DB, s *store.Store) service {
			return newService(s, readsOneByOne{s})
		}, same},
		{"a time-out is taken for a refusal", right, withoutUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(plenty) {
				w := newWorkload(seed)
				opening := w.opening()
				db := dbtest.SQLite(t, migrations.Files)
				s := store.New(db)
				stockUp(t, s, opening)
				calls, last := w.calls()
				history := c.history(record(t, c.service(db, s), calls, last))
				if porcupine.CheckOperationsTimeout(model(opening), history, checkTimeout) == porcupine.Illegal {
					t.Logf("found in history %d", seed)
					return
				}
			}
			t.Errorf("not found in %d histories", plenty)
		})
	}
}

// withoutUnknown holds that a call without an answer did nothing.
func withoutUnknown(history []porcupine.Operation) []porcupine.Operation {
	var answered []porcupine.Operation
	for _, op := range history {
		if op.Output != unknown {
			answered = append(answered, op)
		}
	}
	return answered
}

// forgetfulOfRefusals decides a refused order anew.
type forgetfulOfRefusals struct {
	usecase.Stock

	db *database.DB
}

func (f forgetfulOfRefusals) Deduct(ctx context.Context, d domain.Deduction) (domain.Answer, error) {
	answer, err := f.Stock.Deduct(ctx, d)
	if err == nil && answer.Outcome == domain.OutcomeRefused {
		const forget = "DELETE FROM deductions WHERE order_number = ? AND outcome = 'refused'"
		if _, err := f.db.Write.ExecContext(ctx, forget, d.OrderNumber()); err != nil {
			return domain.Answer{}, fmt.Errorf("%w: %w", usecase.ErrUnavailable, err)
		}
	}
	return answer, err
}

// deductsAgain takes the stock of every duplicate too.
type deductsAgain struct {
	usecase.Stock

	calls atomic.Int64
	known sync.Map
}

func (a *deductsAgain) Deduct(ctx context.Context, d domain.Deduction) (domain.Answer, error) {
	answer, err := a.Stock.Deduct(ctx, d)
	if err != nil || answer.Outcome != domain.OutcomeDeducted {
		return answer, err
	}
	if _, again := a.known.LoadOrStore(d.OrderNumber(), true); again {
		return answer, takeFor(ctx, a.Stock, fmt.Sprintf("again%d", a.calls.Add(1)), d.Lines())
	}
	return answer, nil
}

// takesWhatThereIs lets a refused order have one of its lines.
type takesWhatThereIs struct{ usecase.Stock }

func (w takesWhatThereIs) Deduct(ctx context.Context, d domain.Deduction) (domain.Answer, error) {
	answer, err := w.Stock.Deduct(ctx, d)
	if err != nil || len(answer.Short) == 0 {
		return answer, err
	}
	return answer, takeFor(ctx, w.Stock, d.OrderNumber()+"part", d.Lines()[:1])
}

// takeFor takes lines for another order, if they are there.
func takeFor(ctx context.Context, stock usecase.Stock, number string, lines []domain.Line) error {
	d, err := domain.NewDeduction(number, lines)
	if err != nil {
		return err
	}
	_, err = stock.Deduct(ctx, d)
	return err
}

// cached remembers a SKU for one more reader.
type cached struct {
	usecase.Products

	mu    sync.Mutex
	stock map[string]domain.SKU
}

func (c *cached) SKUs(ctx context.Context, codes []string) ([]domain.SKU, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.stock[codes[0]]; ok && len(codes) == 1 {
		delete(c.stock, codes[0])
		return []domain.SKU{known}, nil
	}
	skus, err := c.Products.SKUs(ctx, codes)
	for _, sku := range skus {
		c.stock[sku.Code] = sku
	}
	return skus, err
}

// readsOneByOne reads each SKU at a moment of its own, and is slow about it.
type readsOneByOne struct{ usecase.Products }

func (r readsOneByOne) SKUs(ctx context.Context, codes []string) (all []domain.SKU, err error) {
	for _, code := range codes {
		var one []domain.SKU
		for range 20 {
			if one, err = r.Products.SKUs(ctx, []string{code}); err != nil {
				return nil, err
			}
		}
		all = append(all, one...)
	}
	return all, nil
}
