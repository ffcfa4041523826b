package linearizability

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

const (
	clients        = 8
	callsPerClient = 8
	orders         = 8
	// ghost is a SKU that does not exist.
	ghost = "ghost"
)

// workload is what clients do, all of it drawn from one seed: few SKUs with little
// stock and few order numbers, so that calls get into each other's way.
type workload struct {
	rng      *rand.Rand
	skus     []string
	contents map[string][]domain.Line // what each order is meant to take
}

func newWorkload(seed uint64) *workload {
	w := &workload{rng: rand.New(rand.NewPCG(seed, 0)), contents: map[string][]domain.Line{}}
	w.skus = []string{"a", "b", "c"}[:1+seed%3]
	for i := range orders {
		w.contents[fmt.Sprintf("O%d", i)] = w.lines()
	}
	return w
}

// opening is the stock at the beginning.
func (w *workload) opening() map[string]int64 {
	stock := map[string]int64{}
	for _, sku := range w.skus {
		stock[sku] = 1 + w.rng.Int64N(5)
	}
	return stock
}

// lines are one to four, unsorted, some of one SKU.
func (w *workload) lines() []domain.Line {
	lines := make([]domain.Line, 1+w.rng.IntN(4))
	for i := range lines {
		lines[i] = domain.Line{SKU: w.sku(), Quantity: 1 + w.rng.Int64N(2)}
	}
	if w.rng.IntN(12) == 0 {
		lines[0].SKU = ghost
	}
	return lines
}

func (w *workload) sku() string { return w.skus[w.rng.IntN(len(w.skus))] }

// calls are those of every client, and those of the last, who looks at what is left.
func (w *workload) calls() (all [][]fatedCall, last []fatedCall) {
	for range clients {
		var calls []fatedCall
		for range callsPerClient {
			calls = append(calls, fatedCall{w.call(), w.fate()})
		}
		all = append(all, calls)
	}
	last = append(last, fatedCall{call{verb: read, skus: w.skus}, fate{}})
	for i := range orders {
		number := fmt.Sprintf("O%d", i)
		last = append(last, fatedCall{call{verb: deduct, order: number, lines: w.contents[number]}, fate{}})
	}
	return all, append(last, fatedCall{call{verb: read, skus: w.skus}, fate{}})
}

func (w *workload) call() call {
	number := fmt.Sprintf("O%d", w.rng.IntN(orders))
	switch draw := w.rng.IntN(20); {
	case draw < 9:
		lines := slices.Clone(w.contents[number])
		w.rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		if w.rng.IntN(8) == 0 {
			lines[0].Quantity++
		}
		return call{verb: deduct, order: number, lines: lines}
	case draw < 11:
		return call{verb: release, order: number}
	case draw < 14:
		request := w.rng.Int64N(3)
		quantity := 1 + request
		if w.rng.IntN(8) == 0 {
			quantity++
		}
		return call{verb: arrive, skus: []string{w.sku()}, request: fmt.Sprintf("r%d", request), quantity: quantity}
	case draw < 17:
		return call{verb: read, skus: []string{w.sku()}}
	}
	return call{verb: read, skus: w.skus}
}

// fate is good mostly. Sometimes the answer is lost, or the caller waits so little
// that the call is cut off somewhere on its way.
func (w *workload) fate() fate {
	switch w.rng.IntN(24) {
	case 0:
		return fate{deaf: true}
	case 1:
		return fate{limit: 1 + time.Duration(w.rng.Int64N(int64(5*time.Millisecond)))}
	}
	return fate{}
}
