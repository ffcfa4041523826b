package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/test/harness/audit"
)

// What is asked afterwards.
const (
	plenty    = 1_000_000 // pieces of every hot SKU: what was refused could be had now
	askAtOnce = 16
	askFor    = 30 * time.Second // until one order is answered
	retold    = 300              // payments whose callbacks come once more
)

// afterwards asks for everything once more when all is settled and there is plenty of
// everything: product for every order, and order by callbacks of orders whose money is
// back. Whatever was decided must stay so, and the books must not change.
func (s *scene) afterwards(ctx context.Context, before *evidence, settle time.Duration) (after *evidence, found []finding, err error) {
	for i := range hotSKUs {
		s.bring(ctx, delivery{request: fmt.Sprintf("plenty-%d", i), sku: hot(i), quantity: plenty})
	}
	found, err = s.askAgain(ctx, before.books.Orders)
	if err != nil {
		return nil, nil, err
	}
	s.tellAgain(ctx, before)
	patience, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	waiting := s.settle(patience)
	compared := s.reconcileAll(patience)
	if after, err = s.gather(ctx, waiting); err != nil {
		return nil, nil, err
	}
	if after.compared = compared; !compared {
		found = append(found, finding{unsettled, "", "no reconciliation of everything came to its end"})
	}
	return after, slices.Concat(found, check(after), changes(before.books, after.books)), nil
}

// askAgain asks product to take the stock of every order whose fate is decided.
func (s *scene) askAgain(ctx context.Context, all []audit.Order) (found []finding, err error) {
	conn, err := grpc.NewClient(s.replicas[products[0]].GRPC,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(s.identity.Order()))
	if err != nil {
		return nil, fmt.Errorf("ask product again: %w", err)
	}
	defer conn.Close()
	stock := productv1.NewStockServiceClient(conn)
	asked := make(chan audit.Order)
	var mu sync.Mutex
	var asking sync.WaitGroup
	for range askAtOnce {
		asking.Go(func() {
			for o := range asked {
				f, wrong := s.ask(ctx, stock, o)
				if wrong {
					mu.Lock()
					found = append(found, f)
					mu.Unlock()
				}
			}
		})
	}
	for _, o := range all {
		if _, decided := decidedAs[o.Status]; decided {
			asked <- o
		}
	}
	close(asked)
	asking.Wait()
	return found, nil
}

// decidedAs is what product must answer for an order, by the order's status.
var decidedAs = map[string]productv1.DeductOutcome{
	"fulfilled":     productv1.DeductOutcome_DEDUCT_OUTCOME_DEDUCTED,
	"unfulfillable": productv1.DeductOutcome_DEDUCT_OUTCOME_REFUSED,
	"refunded":      productv1.DeductOutcome_DEDUCT_OUTCOME_REFUSED,
}

func (s *scene) ask(ctx context.Context, stock productv1.StockServiceClient, o audit.Order) (finding, bool) {
	request := &productv1.DeductStockRequest{OrderNumber: o.Number}
	for sku, quantity := range o.Lines {
		request.Lines = append(request.Lines, &productv1.StockLine{Sku: sku, Quantity: quantity})
	}
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	answer, err := stock.DeductStock(ctx, request)
	for err != nil && pause(ctx, tryAgain) {
		answer, err = stock.DeductStock(ctx, request)
	}
	if err != nil {
		return finding{unsettled, o.Number, fmt.Sprintf("order %s is not answered any more: %v", o.Number, err)}, true
	}
	s.ledger.add("orders asked for again afterwards", 1)
	if want := decidedAs[o.Status]; answer.GetOutcome() != want {
		return finding{oversold, o.Number, fmt.Sprintf("order %s is %s, and asked for again product answers %s, not %s", o.Number, o.Status, answer.GetOutcome(), want)}, true
	}
	return finding{}, false
}

// tellAgain has the providers tell once more of payments whose money is back.
func (s *scene) tellAgain(ctx context.Context, e *evidence) {
	status := audit.Count(e.books.Orders, func(o audit.Order) string { return o.Number + " " + o.Status })
	left := retold
	var telling sync.WaitGroup
	for _, p := range e.payments {
		back := status[p.OrderNumber+" refunded"] + status[p.OrderNumber+" cancelled"]
		if p.State != book.Paid || back == 0 || left == 0 {
			continue
		}
		left--
		telling.Go(func() { s.providers[p.Provider].repeat(ctx, p, 2) })
	}
	telling.Wait()
}

// changes are what is not as it was before, but for goods that came in.
func changes(before, after *audit.Books) (found []finding) {
	for _, part := range []struct {
		what string
		of   func(*audit.Books) map[string]int
	}{
		{"order", func(b *audit.Books) map[string]int {
			return audit.Count(b.Orders, func(o audit.Order) string { return o.Number + " " + o.Status })
		}},
		{"deduction", func(b *audit.Books) map[string]int {
			return audit.Count(b.Deductions, func(d audit.Deduction) string { return d.Order + " " + d.Outcome })
		}},
		{"movement", func(b *audit.Books) map[string]int {
			return audit.Count(b.Movements, func(m audit.Movement) string {
				if m.Kind == "restock" {
					return m.Kind
				}
				return fmt.Sprint(m.Ref, " ", m.Kind, " ", m.SKU, " ", m.Delta)
			})
		}},
		{"refund", func(b *audit.Books) map[string]int {
			return audit.Count(b.Refunds, func(r audit.Refund) string { return fmt.Sprint(r.Number, " ", r.State, " ", r.Amount) })
		}},
	} {
		was, is := part.of(before), part.of(after)
		for what := range maps.Keys(is) {
			if was[what] != is[what] && what != "restock" {
				found = append(found, finding{double, "", fmt.Sprintf("%s %s is there after all was settled and asked again, and was not before", part.what, what)})
			}
		}
		for what := range maps.Keys(was) {
			if is[what] == 0 {
				found = append(found, finding{lost, "", fmt.Sprintf("%s %s is gone after all was settled and asked again", part.what, what)})
			}
		}
	}
	return found
}
