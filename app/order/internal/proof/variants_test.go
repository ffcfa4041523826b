package proof

import "github.com/stockonce/stockonce/app/order/internal/domain"

// variant is a way to build it wrong.
type variant string

const (
	right            variant = ""
	refusalNotStored variant = "a refusal is rolled back instead of stored"
	timeoutIsRefusal variant = "a time-out is taken as a refusal"
	deductTwice      variant = "a deduction is not idempotent"
	noTask           variant = "product is asked after the commit, and no task remembers it"
	secondIgnored    variant = "a second payment is ignored"
	rpcInTransaction variant = "product is asked inside the open transaction"
)

// remembered are the new tasks that order's store keeps.
func (w *world) remembered(tasks []domain.NewTask) []domain.NewTask {
	if w.wrong != noTask {
		return tasks
	}
	var kept []domain.NewTask
	for _, t := range tasks {
		if t.Kind != domain.TaskDeduct {
			kept = append(kept, t)
		}
	}
	return kept
}

// claimedEnds are the ends of tasks that order's store checks.
func (w *world) claimedEnds(ends []domain.TaskEnd) []domain.TaskEnd {
	if w.wrong != noTask {
		return ends
	}
	var kept []domain.TaskEnd
	for _, end := range ends {
		if end.Claim.Kind != domain.TaskDeduct {
			kept = append(kept, end)
		}
	}
	return kept
}

// mistake is a wrong variant with a scenario in which it does harm, and the rule that
// the harm breaks.
type mistake struct {
	*scenario

	breaks string
}

func mistakes() []mistake {
	return []mistake{
		{&scenario{
			wrong: refusalNotStored, orders: []*shape{order("A", tea, 10)},
			deliveries: 1, relays: 1, strays: 1, quickRefunds: true,
		}, "I4"},
		{&scenario{
			wrong: timeoutIsRefusal, orders: []*shape{order("A", tea, 10)}, stock: tea,
			relays: 1, strays: 1, quickRefunds: true,
		}, "I4"},
		{&scenario{
			wrong: deductTwice, orders: []*shape{order("A", tea, 10)}, stock: [skus]int64{2, 0},
			relays: 1, strays: 1, quickRefunds: true,
		}, "I1"},
		{&scenario{
			wrong: noTask, orders: []*shape{order("A", tea, 10)}, stock: tea,
			relays: 1, strays: 1, quickRefunds: true,
		}, "rest"},
		{&scenario{
			wrong: secondIgnored, orders: []*shape{order("A", tea, 10, 10)}, stock: tea,
			relays: 1, strays: 1, quickRefunds: true,
		}, "I5"},
		{&scenario{
			wrong: rpcInTransaction, orders: []*shape{order("A", tea, 10)}, stock: tea,
			relays: 1, strays: 1, quickRefunds: true, cancels: true,
		}, "I4"},
	}
}
