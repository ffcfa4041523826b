package proof

import (
	"runtime/debug"
	"sync"
	"testing"
)

// frugal keeps the searches of this test within memory that every machine has.
func frugal(t *testing.T) {
	t.Helper()
	limit := debug.SetMemoryLimit(1 << 30)
	t.Cleanup(func() { debug.SetMemoryLimit(limit) })
}

func TestEveryReachableStateKeepsTheInvariantsAndCanBeSettled(t *testing.T) {
	frugal(t)
	var mu sync.Mutex
	rows := table{}
	t.Run("scenario", func(t *testing.T) {
		for i, s := range scenarios() {
			if s.large && underRace {
				continue
			}
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				g := explore(s)
				for _, f := range g.found {
					t.Errorf("%s\n%s", f.breach, g.trace(f.state))
				}
				mu.Lock()
				defer mu.Unlock()
				rows.add(i, g)
			})
		}
	})
	t.Logf("visited:\n%s", rows.text())
}

func TestEveryWrongVariantIsFound(t *testing.T) {
	frugal(t)
	rows := table{}
	for i, m := range mistakes() {
		g := explore(m.scenario)
		rows.add(i, g)
		found, ok := g.found[m.breaks]
		if !ok {
			t.Errorf("%s: %s is not broken, only %v", m.wrong, m.breaks, g.rules())
			continue
		}
		t.Logf("%s. A shortest way to harm, %d steps:\n%s     %s", m.wrong, g.steps(found.state), g.trace(found.state), found.breach)

		sound := *m.scenario
		sound.wrong = right
		if g := explore(&sound); len(g.found) > 0 {
			t.Errorf("%s: the right protocol breaks %v there, too", m.wrong, g.rules())
		}
	}
	t.Logf("the wrong variants:\n%s", rows.text())
}
