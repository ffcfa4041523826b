package domain

import (
	"fmt"
	"time"
)

// Kind is why stock moved. The zero value is no kind.
type Kind string

// The kinds. Their texts are stored.
const (
	// KindOpening is the stock a SKU was created with; the ref is the product's id.
	KindOpening Kind = "opening"
	// KindSale was taken by a paid order; the ref is the order number.
	KindSale Kind = "sale"
	// KindRelease was given back by an order; the ref is the order number.
	KindRelease Kind = "release"
	// KindRestock arrived; the ref is the request id.
	KindRestock Kind = "restock"
	// KindAdjust was corrected by a person; the ref is the request id.
	KindAdjust Kind = "adjust"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{KindOpening, KindSale, KindRelease, KindRestock, KindAdjust}
}

// Movement is one row of a SKU's ledger. Rows are added and never changed.
type Movement struct {
	// ID grows with every movement of a SKU.
	ID   int64
	SKU  string
	Kind Kind
	Ref  string
	// Delta is the pieces added, or taken if negative. Never zero.
	Delta int64
	// Balance is the stock after this movement.
	Balance int64
	Reason  string
	// By is who asked for the change, where that is known.
	By        string
	CreatedAt time.Time
}

// Change is a restock or an adjustment that somebody asked for.
type Change struct {
	SKU       string
	Kind      Kind
	RequestID string
	Delta     int64
	Reason    string
	// By is who asks, where that is known. It is no part of the content: a request that
	// somebody else repeats is still the same request.
	By string
}

// NewRestock checks stock that arrived. It returns ErrInvalid when a value breaks a rule.
func NewRestock(sku, requestID string, quantity int64, reason string) (Change, error) {
	if err := within("quantity", quantity, 1, MaxChange); err != nil {
		return Change{}, err
	}
	if err := checkText("reason", reason, 0, MaxReasonLength); err != nil {
		return Change{}, err
	}
	return newChange(Change{SKU: sku, Kind: KindRestock, RequestID: requestID, Delta: quantity, Reason: reason})
}

// AskedBy returns the change with who asks for it, or ErrInvalid.
func (c Change) AskedBy(by string) (Change, error) {
	if err := checkText("who asks", by, 0, MaxByLength); err != nil {
		return Change{}, err
	}
	c.By = by
	return c, nil
}

// NewAdjustment checks a correction, which needs a reason; by may be empty. It
// returns ErrInvalid when a value breaks a rule.
func NewAdjustment(sku, requestID string, delta int64, reason, by string) (Change, error) {
	if delta == 0 {
		return Change{}, fmt.Errorf("%w: delta is zero", ErrInvalid)
	}
	if err := within("delta", delta, -MaxChange, MaxChange); err != nil {
		return Change{}, err
	}
	if err := checkText("reason", reason, 1, MaxReasonLength); err != nil {
		return Change{}, err
	}
	c, err := Change{SKU: sku, Kind: KindAdjust, RequestID: requestID, Delta: delta, Reason: reason}.AskedBy(by)
	if err != nil {
		return Change{}, err
	}
	return newChange(c)
}

func newChange(c Change) (Change, error) {
	if err := match("SKU code", skuCode, c.SKU); err != nil {
		return Change{}, err
	}
	if err := match("request id", requestID, c.RequestID); err != nil {
		return Change{}, err
	}
	return c, nil
}

// Replays tells whether recorded is what this change left behind when it was made
// before. A request id that comes with other content returns ErrRequestReused.
func (c Change) Replays(recorded Movement) error {
	if recorded.Delta != c.Delta || recorded.Reason != c.Reason {
		return fmt.Errorf("%w: %s of SKU %s, request %q", ErrRequestReused, c.Kind, c.SKU, c.RequestID)
	}
	return nil
}
