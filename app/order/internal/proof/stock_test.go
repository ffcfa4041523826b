package proof

import (
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/product/decision"
)

// stored is product's row of an order.
func (b *block) stored(number string) decision.Stored {
	return decision.Stored{OrderNumber: number, State: b.state, Fingerprint: b.fingerprint}
}

// deduct is product's store handling DeductStock: one transaction.
func (w *world) deduct(i int) domain.Outcome {
	b, asked := w.blocks[i], w.orders[i].deduction
	known := b.state != ""
	if w.wrong == deductTwice {
		known = b.state != "" && b.state != decision.StateDeducted
	}
	if known {
		outcome, err := decision.Replay(b.stored(asked.OrderNumber()), asked)
		if err != nil {
			panic(err)
		}
		return answer(outcome)
	}
	onHand := map[string]int64{}
	for sku, code := range codes {
		onHand[code] = w.stock[sku]
	}
	if len(asked.Shortages(onHand)) > 0 {
		if w.wrong != refusalNotStored {
			b.state, b.fingerprint = decision.StateRefused, asked.Fingerprint()
		}
		return domain.Refused
	}
	b.state, b.fingerprint = decision.StateDeducted, asked.Fingerprint()
	b.sales++
	w.move(i, -1)
	return domain.Deducted
}

// release is product's store handling ReleaseStock: one transaction.
func (w *world) release(i int) {
	b := w.blocks[i]
	if b.state == "" {
		b.state = decision.StateReleased // nothing will ever be taken
		return
	}
	answered, err := decision.ReplayRelease(b.stored(w.orders[i].number))
	if err != nil {
		panic(err)
	}
	if answered {
		return
	}
	b.state = decision.StateReleased
	b.releases++
	w.move(i, +1)
}

// move takes or returns the order's lines, all of them.
func (w *world) move(i int, sign int64) {
	for _, line := range w.orders[i].deduction.Lines() {
		for sku, code := range codes {
			if line.SKU == code {
				w.stock[sku] += sign * line.Quantity
			}
		}
	}
}

var codes = [skus]string{"tea", "mug"}

// answer is how order's product client understands product.
func answer(o decision.Outcome) domain.Outcome {
	switch o {
	case decision.Deducted:
		return domain.Deducted
	case decision.Refused:
		return domain.Refused
	case decision.Conflict:
		return domain.Conflict
	}
	panic("product answered " + o)
}
