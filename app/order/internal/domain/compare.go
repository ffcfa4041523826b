package domain

import (
	"fmt"
	"slices"
)

// Compare tells where order and product disagree about an order, and where order's own
// books do not hold together. Both must be of one moment: then every rule here holds at
// every moment of a sound system, also while things are under way. A nil record means
// that order has no such order, a nil stock record that product knows nothing.
func Compare(r *Record, s *StockRecord) []Finding {
	if r == nil {
		if s == nil {
			return nil
		}
		return []Finding{{
			Kind: ExtraDeduction, Ref: s.OrderNumber, Order: s.OrderNumber,
			Detail: fmt.Sprintf("product has %s, and there is no such order", s),
		}}
	}
	var found []Finding
	if f, ok := r.compareStock(s); ok {
		f.Ref, f.Order = r.Order.number, r.Order.number
		found = append(found, f)
	}
	found = append(found, r.missingRefunds()...)
	return append(found, r.forgotten()...)
}

// compareStock compares what product took with what the order's status says.
func (r *Record) compareStock(s *StockRecord) (Finding, bool) {
	o := r.Order
	extra := func(why string, remedy TaskKind) (Finding, bool) {
		return Finding{Kind: ExtraDeduction, Detail: fmt.Sprintf("product has %s, %s", s, why), Remedy: remedy}, true
	}
	missing := func(remedy TaskKind) (Finding, bool) {
		return Finding{Kind: MissingDeduction, Detail: fmt.Sprintf("the order is %s, product has %s", o.status, s), Remedy: remedy}, true
	}
	unpaid := o.status == Created || o.status == Cancelled
	switch {
	case s != nil && s.State == StockUnknown:
		return extra("and no answer to the order", "")
	case s != nil && s.State == StockDeducted && (unpaid || o.status == Unfulfillable):
		return extra(fmt.Sprintf("the order is %s", o.status), r.remedyOfExtra(s))
	case s != nil && s.State == StockDeducted && len(s.Taken) == 0:
		return missing("")
	case s != nil && !r.holds(s):
		return extra(fmt.Sprintf("the order is %s of %s", o.status, items(o.Items())), "")
	}
	switch o.status {
	case Fulfilled:
		if s == nil {
			return missing(TaskDeduct)
		}
		if s.State != StockDeducted {
			return missing("")
		}
	case Unfulfillable, Refunding, Refunded:
		return r.compareGivenUp(s, extra, missing)
	case Created, Cancelled, Paid: // whatever product answered a paid order, its task will learn it
	}
	return Finding{}, false
}

// compareGivenUp is compareStock for an order whose money goes back.
func (r *Record) compareGivenUp(
	s *StockRecord, extra func(string, TaskKind) (Finding, bool), missing func(TaskKind) (Finding, bool),
) (Finding, bool) {
	o := r.Order
	if o.status == Refunding && !o.stockBack {
		return Finding{}, false // the release is under way
	}
	switch {
	case r.StockKept && s != nil && s.State == StockDeducted:
	case s == nil:
		// What is not refused for good could still be taken by a late request.
		return missing(TaskRelease)
	case s.State == StockDeducted:
		return extra(fmt.Sprintf("the order is %s", o.status), r.remedyOfExtra(s))
	}
	return Finding{}, false
}

// remedyOfExtra releases what was taken for an order that will never be paid. Of one
// that waits for its payment the provider is asked first: it may be paid. Everything
// else is a person's.
func (r *Record) remedyOfExtra(s *StockRecord) TaskKind {
	switch {
	case len(s.Taken) == 0: // nothing that could be given back
	case r.Order.status == Cancelled, r.Order.status == Unfulfillable:
		return TaskRelease
	case r.Order.status == Created && r.Order.provider != "":
		return TaskQueryPayment
	}
	return ""
}

// holds tells whether the movements are what the answer says. What was given back is
// nobody's any more, whatever it was.
func (r *Record) holds(s *StockRecord) bool {
	switch s.State {
	case StockDeducted:
		return slices.Equal(s.Taken, r.Order.Items()) && len(s.Returned) == 0
	case StockReleased:
		return slices.Equal(s.Taken, s.Returned)
	case StockRefused, StockUnknown:
		return len(s.Taken) == 0 && len(s.Returned) == 0
	}
	return true // of a newer product
}

// String says for people what product has.
func (s *StockRecord) String() string {
	if s == nil {
		return "no deduction"
	}
	text := string(s.State)
	if s.State == StockUnknown {
		text = "movements"
	}
	if len(s.Taken) > 0 {
		text += ", took " + items(s.Taken)
	}
	if len(s.Returned) > 0 {
		text += ", gave back " + items(s.Returned)
	}
	return text
}

// itemsTold is how many items of an order a text names.
const itemsTold = 5

func items(all []Item) (text string) {
	for i, item := range all {
		if i == itemsTold {
			return text + " …"
		}
		if i > 0 {
			text += " + "
		}
		text += fmt.Sprintf("%d %s", item.Quantity, item.SKU)
	}
	return text
}

// CompareLevel tells whether somebody changed a SKU's stock past its ledger.
func CompareLevel(l StockLevel) (Finding, bool) {
	return Finding{
		Kind: EditedStock, Ref: l.SKU,
		Detail: fmt.Sprintf("stock is %d, its movements add up to %d", l.Stock, l.Moved),
	}, l.Stock != l.Moved
}
