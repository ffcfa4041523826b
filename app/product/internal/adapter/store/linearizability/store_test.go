package linearizability

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// histories is how many are recorded on each database, and enough how many have
// everything in them.
var histories = flag.Int("histories", enough, "how many histories to record on each database")

const enough = 40

// checkTimeout is for one history. Most take milliseconds.
const checkTimeout = time.Minute

func TestConcurrentCallersGetAnswersThatOneAfterTheOtherCouldHaveGot(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *database.DB{
		"sqlite": func(t *testing.T) *database.DB { return dbtest.SQLite(t, migrations.Files) },
		"mysql":  func(t *testing.T) *database.DB { return dbtest.MySQLAs(t, "product", migrations.Files).Service },
	} {
		t.Run(name, func(t *testing.T) {
			seen := map[string]int{}
			for seed := range uint64(*histories) {
				t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
					w := newWorkload(seed)
					opening := w.opening()
					s := store.New(open(t))
					stockUp(t, s, opening)
					all, last := w.calls()
					history := record(t, newService(s, s), all, last)
					mustBeLinearizable(t, opening, history)
					count(seen, history)
				})
			}
			t.Logf("%v", seen)
			for _, kind := range kinds {
				if seen[kind] == 0 && *histories >= enough {
					t.Errorf("no history has %q: %v", kind, seen)
				}
			}
		})
	}
}

// stockUp creates the SKUs.
func stockUp(t *testing.T, products usecase.Products, opening map[string]int64) {
	t.Helper()
	var skus []domain.SKU
	for code, stock := range opening {
		skus = append(skus, domain.SKU{Code: code, Price: 1, Currency: "CNY", Stock: stock})
	}
	id := func() string { return "P1" }
	if _, err := usecase.NewCreateProduct(products, id).Do(t.Context(), "tea", skus); err != nil {
		t.Fatal(err)
	}
}

// mustBeLinearizable fails the test with the history, and draws it.
func mustBeLinearizable(t *testing.T, opening map[string]int64, history []porcupine.Operation) {
	t.Helper()
	m := model(opening)
	switch porcupine.CheckOperationsTimeout(m, history, checkTimeout) {
	case porcupine.Ok:
		return
	case porcupine.Unknown:
		t.Fatalf("not decided within %s", checkTimeout)
	case porcupine.Illegal:
	}
	_, info := porcupine.CheckOperationsVerbose(m, history, checkTimeout)
	name := filepath.Join(t.ArtifactDir(), "history.html")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := porcupine.Visualize(m, info, file); err != nil {
		t.Error(err)
	}
	t.Errorf("no order of the calls explains their answers, from %v on:\n%s", opening, text(history))
	t.Logf("drawn in %s, which go test -artifacts keeps", name)
}

// kinds are what a good set of histories has all of.
var kinds = []string{
	"deduct deducted", "deduct conflict", "deduct ?", "deduct refused", "deduct refused, …",
	"release released", "release refused", "release ?",
	"restock done, …", "restock reused", "restock ?",
	"read",
}

func count(seen map[string]int, history []porcupine.Operation) {
	for _, op := range history {
		kind := string(op.Input.(call).verb)
		if kind != string(read) {
			outcome, _, more := strings.Cut(describeAnswer(op.Output.(string)), ",")
			kind += " " + outcome
			if more {
				kind += ", …"
			}
		}
		seen[kind]++
	}
}
