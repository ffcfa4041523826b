package proof

import (
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/product/decision"
)

// scenario is who takes part, and what may happen: the whole would be too large to
// visit, so each scenario lets a part of it happen in full.
type scenario struct {
	name   string
	large  bool // too large for the race detector
	orders []*shape
	stock  [skus]int64

	// sameShape: the orders differ by name alone, so that two worlds with their fates
	// exchanged are one.
	sameShape bool

	provider  string // asked about payments; empty: it only calls
	lateOrder bool   // notices may come before the order is there
	expiry    bool   // the time to pay runs out

	cancels      bool    // the customer, before paying
	deliveries   int     // so often stock arrives
	accepts      bool    // a person takes a payment of another amount
	givesBack    bool    // a person refunds payments
	parks        bool    // and tells the relays to leave a task alone
	writesOff    bool    // and leaves the goods where they are
	slowRefunds  bool    // the provider may need time for one
	refusals     int     // so often it refuses one
	abroad       []int64 // refunds begun at the provider may have these amounts
	chargebacks  bool
	sums         bool // its notices tell what is refunded in all
	quickRefunds bool // a refund is one step: for scenarios about other things
	quickStock   bool // as quickRefunds
	relays       int  // at work on one task at once
	strays       int  // late requests of one order on the wire

	wrong variant
}

// shape is an order as it is placed, and who may pay it.
type shape struct {
	number    string
	items     []domain.Item
	total     domain.Money
	lines     []domain.Line
	deduction decision.Deduction
	charges   []charge
	confused  []charge // notices of charges with other content, once those are kept
}

// charge is a payment that a customer may make.
type charge struct {
	payment string // its number in order's books
	amount  int64
	notice  domain.Notice
}

const (
	currency = "CNY"
	price    = 10
	enough   = 9 // stock that never runs short
)

// order makes the shape of an order of so many pieces of each SKU, with payments of
// the amounts given.
func order(number string, pieces [skus]int64, amounts ...int64) *shape {
	s := &shape{number: number, total: domain.Money{Currency: currency}}
	var lines []decision.Line
	for sku, quantity := range pieces {
		if quantity == 0 {
			continue
		}
		s.items = append(s.items, domain.Item{SKU: codes[sku], Quantity: quantity})
		s.lines = append(s.lines, domain.Line{Item: s.items[len(s.items)-1], UnitPrice: price})
		s.total.Minor += price * quantity
		lines = append(lines, decision.Line{SKU: codes[sku], Quantity: quantity})
	}
	var err error
	if s.deduction, err = decision.New(number, lines); err != nil {
		panic(err)
	}
	for i, amount := range amounts {
		s.charges = append(s.charges, charge{
			payment: fmt.Sprintf("P%d", i+1), amount: amount,
			notice: domain.Notice{
				Provider: "till", OrderNumber: number, TransactionID: fmt.Sprintf("%s-T%d", number, i+1),
				Amount: domain.Money{Minor: amount, Currency: currency},
			},
		})
	}
	return s
}

// confuse adds a verified notice that names the transaction of another charge.
func (s *shape) confuse(of charge, amount int64) *shape {
	n := of.notice
	n.OrderNumber, n.Amount.Minor = s.number, amount
	s.confused = append(s.confused, charge{payment: "P9", amount: amount, notice: n})
	return s
}

// entangled tells that what happens to one order can depend on the other's payments.
func (s *scenario) entangled() bool {
	for _, o := range s.orders {
		if len(o.confused) > 0 {
			return true
		}
	}
	return false
}

func (w *world) charge(i int, payment string) charge {
	for _, c := range w.orders[i].charges {
		if c.payment == payment {
			return c
		}
	}
	panic("no charge " + payment)
}

// begin is the world before anything happens.
func (s *scenario) begin() *world {
	w := &world{scenario: s, stock: s.stock}
	for i, shape := range s.orders {
		b := &block{paid: make([]bool, len(shape.charges)), told: make([]bool, len(shape.charges))}
		w.blocks = append(w.blocks, b)
		if !s.lateOrder {
			if err := w.place(i); err != nil {
				panic(err)
			}
		}
		w.seal(i)
	}
	return w
}

// place is PlaceOrder.Do with what product's catalog says.
func (w *world) place(i int) error {
	shape := w.orders[i]
	wish, err := domain.NewWish("customer", "request", w.provider, shape.items)
	if err != nil {
		return err
	}
	prices := map[string]domain.Money{}
	for _, code := range codes {
		prices[code] = domain.Money{Minor: price, Currency: currency}
	}
	o, err := domain.Place(shape.number, wish, prices, placedAt, expiresAt.Sub(placedAt))
	if err != nil {
		return err
	}
	if w.provider != "" {
		o.WatchPayment(o.QueryIn(nil))
	}
	return w.add(i, o)
}
