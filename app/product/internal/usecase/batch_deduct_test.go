package usecase_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

var errDown = errors.New("down")

// counter answers by the order's first letter and counts who is inside at a time.
type counter struct {
	usecase.Stock
	inside, most atomic.Int64
	full         chan struct{} // closed when several orders are inside
}

func (c *counter) Deduct(_ context.Context, d domain.Deduction) (domain.Answer, error) {
	n := c.inside.Add(1)
	defer c.inside.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	switch d.OrderNumber()[0] {
	case 'F':
		return domain.Answer{}, errDown
	case 'P':
		panic("a bug")
	case 'W':
		if n > 1 {
			select {
			case <-c.full:
			default:
				close(c.full)
			}
		}
		<-c.full
	}
	return domain.Answer{Outcome: domain.OutcomeDeducted}, nil
}

func batch(numbers ...string) []usecase.Order {
	orders := make([]usecase.Order, len(numbers))
	for i, number := range numbers {
		orders[i] = usecase.Order{Number: number, Lines: []domain.Line{{SKU: "tea", Quantity: 1}}}
	}
	return orders
}

func TestOneOrderThatFailsDoesNotFailItsNeighbours(t *testing.T) {
	uc := usecase.NewBatchDeduct(usecase.NewDeduct(&counter{}, nil))
	answers := uc.Do(t.Context(), batch("O1", "F2", "not valid", "P4", "O5"))
	for i, want := range []error{nil, errDown, domain.ErrInvalid, nil, nil} {
		got := answers[i]
		switch {
		case i == 3:
			if got.Err == nil || !strings.Contains(got.Err.Error(), "panic while deducting order P4") {
				t.Errorf("the order whose deduction panics is answered with %v, %v", got.Answer, got.Err)
			}
		case !errors.Is(got.Err, want):
			t.Errorf("order %d: error is %v, want %v", i, got.Err, want)
		case want == nil && got.Answer.Outcome != domain.OutcomeDeducted:
			t.Errorf("order %d is answered with %+v", i, got.Answer)
		}
	}
}

func TestABatchDecidesSeveralOrdersAtATimeButNotAll(t *testing.T) {
	numbers := make([]string, 100)
	for i := range numbers {
		numbers[i] = fmt.Sprintf("O%d", i)
	}
	// Two that wait for each other: with one order at a time this would not end.
	numbers[0], numbers[1] = "W0", "W1"
	stock := &counter{full: make(chan struct{})}
	answers := usecase.NewBatchDeduct(usecase.NewDeduct(stock, nil)).Do(t.Context(), batch(numbers...))
	if len(answers) != len(numbers) {
		t.Errorf("%d answers for %d orders", len(answers), len(numbers))
	}
	if most := stock.most.Load(); most < 2 || most > 8 {
		t.Errorf("%d orders were decided at a time, want between 2 and 8", most)
	}
}

func TestAnEmptyBatchHasNoAnswers(t *testing.T) {
	if answers := usecase.NewBatchDeduct(usecase.NewDeduct(&counter{}, nil)).Do(t.Context(), nil); len(answers) != 0 {
		t.Errorf("answers are %+v", answers)
	}
}
