package proof

// one piece of tea, one of each, and two mugs.
var (
	tea  = [skus]int64{1, 0}
	both = [skus]int64{1, 1}
	mugs = [skus]int64{0, 2}
)

// scenarios are the parts of the protocol that are visited in full.
func scenarios() []*scenario {
	return []*scenario{
		{
			name: "two orders for the last pieces, each paid twice, cancelled or restocked", large: true,
			orders: []*shape{order("A", both, 20, 20), order("B", both, 20, 20)}, sameShape: true, stock: both,
			deliveries: 1, cancels: true, relays: 2, strays: 2, quickRefunds: true,
		},
		{
			name:   "two orders, each paid right and wrong; people accept",
			orders: []*shape{order("A", tea, 10, 11), order("B", tea, 10, 11)}, sameShape: true, stock: tea,
			deliveries: 1, cancels: true, accepts: true, relays: 1, strays: 1, quickRefunds: true,
		},
		{
			name: "two orders that share a SKU; people refund what is under way", large: true,
			orders: []*shape{order("A", both, 20), order("B", mugs, 20)}, stock: [skus]int64{1, 2},
			givesBack: true, writesOff: true, relays: 2, strays: 1, quickRefunds: true,
		},
		{
			name: "two orders, one refunded at the provider meanwhile", large: true,
			orders: []*shape{order("A", tea, 10), order("B", tea, 10)}, sameShape: true, stock: tea,
			givesBack: true, relays: 1, strays: 1, quickRefunds: true, abroad: []int64{5, 10},
		},
		{
			name: "one transaction with two orders' names and amounts", large: true, orders: confused(), stock: tea,
			deliveries: 1, cancels: true, relays: 2, strays: 1, quickRefunds: true,
		},
		{
			name:   "two orders without a provider's API expire or are paid late",
			orders: []*shape{order("A", tea, 10, 10), order("B", tea, 10, 10)}, sameShape: true, stock: tea,
			expiry: true, cancels: true, relays: 1, strays: 1, quickRefunds: true,
		},
		{
			name: "an order expires on the provider's word, or is paid meanwhile", orders: []*shape{order("A", tea, 10, 10)}, stock: tea,
			provider: "till", expiry: true, cancels: true, relays: 2, quickRefunds: true,
		},
		{
			name: "and with a wrong amount, which people accept or refund", orders: []*shape{order("A", tea, 10, 11)}, stock: tea,
			provider: "till", expiry: true, cancels: true, accepts: true, givesBack: true, relays: 1, quickRefunds: true,
		},
		{
			name: "payments come before their order", orders: []*shape{order("A", tea, 10, 11)}, stock: tea,
			lateOrder: true, givesBack: true, accepts: true, relays: 1, quickRefunds: true,
		},
		{
			name: "refunds come before the payment and the order", orders: []*shape{order("A", tea, 10)}, stock: tea,
			lateOrder: true, givesBack: true, cancels: true, relays: 1, abroad: []int64{5, 10}, quickStock: true,
		},
		{
			name: "a refund is slow, refused, lost, repeated; stock first", orders: []*shape{order("A", tea, 10)}, stock: tea,
			givesBack: true, writesOff: true, slowRefunds: true, refusals: 1, relays: 1, strays: 1,
		},
		{
			name: "the same with two relays", orders: []*shape{order("A", tea, 10)}, stock: tea,
			givesBack: true, writesOff: true, slowRefunds: true, refusals: 1, relays: 2, quickStock: true,
		},
		{
			name: "people park tasks and have them tried again", orders: []*shape{order("A", tea, 10, 10)}, stock: tea,
			givesBack: true, parks: true, relays: 2, quickRefunds: true,
		},
		{
			name: "two payments go back, one refused", large: true, orders: []*shape{order("A", tea, 10, 10)}, stock: tea,
			givesBack: true, refusals: 1, relays: 1, quickStock: true,
		},
		{
			name: "refunds begun at the provider, told one by one", orders: []*shape{order("A", tea, 10)}, stock: tea,
			givesBack: true, slowRefunds: true, refusals: 1, relays: 1, quickStock: true, abroad: []int64{5, 10},
		},
		{
			name: "refunds begun at the provider, told as a sum", orders: []*shape{order("A", tea, 10)}, stock: tea, sums: true,
			givesBack: true, slowRefunds: true, refusals: 1, relays: 1, quickStock: true, abroad: []int64{5, 10},
		},
		{
			name: "the customer's bank takes the money back", orders: []*shape{order("A", tea, 10)}, stock: tea, sums: true,
			givesBack: true, slowRefunds: true, relays: 2, strays: 1, quickStock: true, chargebacks: true,
		},
	}
}

// confused are two orders, and notices that name the first one's transaction with
// another amount and with the other order.
func confused() []*shape {
	a, b := order("A", tea, 10), order("B", tea, 10, 10)
	of := a.charges[0]
	return []*shape{a.confuse(of, 11), b.confuse(of, 10)}
}
