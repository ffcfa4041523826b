package linearizability

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

type verb string

const (
	deduct  verb = "deduct"
	release verb = "release"
	arrive  verb = "restock"
	read    verb = "read"
)

// call is one call of a usecase.
type call struct {
	verb     verb
	order    string        // deduct, release
	lines    []domain.Line // deduct
	skus     []string      // arrive: one; read: those read at one moment
	request  string        // arrive
	quantity int64         // arrive
}

// Answers are compared as texts.
const (
	unknown      = "" // the call was cut off: any answer, now or later or never
	answerReused = "reused"
)

func answerDeduct(outcome domain.Outcome, short []domain.Shortage) string {
	text := string(outcome)
	for _, s := range short {
		text += fmt.Sprintf(", %d of %d %s", s.Available, s.Requested, s.SKU)
		if s.Unknown {
			text += " (unknown)"
		}
	}
	return text
}

func answerRelease(outcome domain.ReleaseOutcome) string { return string(outcome) }

func answerArrived(balance int64) string { return fmt.Sprintf("done, %d then", balance) }

func answerRead(stock map[string]int64, skus []string) string {
	texts := make([]string, len(skus))
	for i, sku := range skus {
		texts[i] = fmt.Sprintf("%d %s", stock[sku], sku)
	}
	return strings.Join(texts, ", ")
}

func describeAnswer(answer string) string {
	if answer == unknown {
		return "?"
	}
	return answer
}

func describe(c call, answer string) string {
	answer = describeAnswer(answer)
	switch c.verb {
	case deduct:
		return fmt.Sprintf("deduct %s %v: %s", c.order, c.lines, answer)
	case release:
		return fmt.Sprintf("release %s: %s", c.order, answer)
	case arrive:
		return fmt.Sprintf("restock %s of %d %s: %s", c.request, c.quantity, c.skus[0], answer)
	case read:
		return fmt.Sprintf("read %v: %s", c.skus, answer)
	}
	return "?"
}

// service is what clients call.
type service struct {
	deduct  *usecase.Deduct
	release *usecase.Release
	restock *usecase.Restock
	find    *usecase.FindSKU
	lookUp  *usecase.LookUpPrices
}

func newService(stock usecase.Stock, products usecase.Products) service {
	return service{
		deduct: usecase.NewDeduct(stock, nil), release: usecase.NewRelease(stock), restock: usecase.NewRestock(stock),
		find: usecase.NewFindSKU(products), lookUp: usecase.NewLookUpPrices(products),
	}
}

// do makes the call. An error means that nothing is known.
func (s service) do(ctx context.Context, c call) (string, error) {
	switch c.verb {
	case deduct:
		answer, err := s.deduct.Do(ctx, c.order, c.lines)
		return answerDeduct(answer.Outcome, answer.Short), err
	case release:
		outcome, err := s.release.Do(ctx, c.order)
		return answerRelease(outcome), err
	case arrive:
		movement, err := s.restock.Do(ctx, c.skus[0], c.request, c.quantity, "", "")
		if errors.Is(err, domain.ErrRequestReused) {
			return answerReused, nil
		}
		return answerArrived(movement.Balance), err
	case read:
		return s.read(ctx, c.skus)
	}
	panic("a call without a verb")
}

func (s service) read(ctx context.Context, skus []string) (string, error) {
	var found []domain.SKU
	var err error
	if len(skus) == 1 {
		found = make([]domain.SKU, 1)
		found[0], err = s.find.Do(ctx, skus[0])
	} else {
		found, err = s.lookUp.Do(ctx, slices.Clone(skus))
	}
	stock := map[string]int64{}
	for _, sku := range found {
		stock[sku.Code] = sku.Stock
	}
	return answerRead(stock, skus), err
}
