package cli_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/product/internal/adapter/cli"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/product/internal/conf"
	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// warehouse is a product service's database with ten pieces of tea.
type warehouse struct {
	t     *testing.T
	rt    *boot.Runtime[*conf.Bootstrap]
	store *store.Store
}

func open(t *testing.T) *warehouse {
	t.Helper()
	t.Setenv("USER", "ann")
	rt := &boot.Runtime[*conf.Bootstrap]{
		DB: dbtest.SQLite(t, migrations.Files), Logger: slog.New(slog.DiscardHandler),
	}
	w := &warehouse{t: t, rt: rt, store: store.New(rt.DB)}
	product, err := domain.NewProduct("P1", "tea", []domain.SKU{{Code: "tea", Price: 100, Currency: "CNY", Stock: 10}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Create(t.Context(), product); err != nil {
		t.Fatal(err)
	}
	return w
}

// adjust runs the command with its flags and then its argument.
func (w *warehouse) adjust(args ...string) (string, error) {
	w.t.Helper()
	command := cli.Commands(func(rt *boot.Runtime[*conf.Bootstrap]) *cli.Desk {
		return &cli.Desk{Adjust: usecase.NewAdjust(store.New(rt.DB))}
	})[0]
	if command.Name != "sku adjust" || command.Args != "CODE" {
		w.t.Fatalf("the command is %s %s", command.Name, command.Args)
	}
	flags := flag.NewFlagSet(command.Name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	act := command.Define(flags)
	if err := flags.Parse(args); err != nil {
		w.t.Fatal(err)
	}
	var stdout bytes.Buffer
	err := act(w.t.Context(), w.rt, flags.Args(), &stdout)
	return stdout.String(), err
}

// ledger is the newest movement of tea, but its id and time.
func (w *warehouse) ledger() domain.Movement {
	w.t.Helper()
	movements, err := w.store.Movements(w.t.Context(), "tea", 0, 1)
	if err != nil || len(movements) != 1 {
		w.t.Fatalf("movements %+v, %v", movements, err)
	}
	m := movements[0]
	return domain.Movement{SKU: m.SKU, Kind: m.Kind, Ref: m.Ref, Delta: m.Delta, Balance: m.Balance, Reason: m.Reason, By: m.By}
}

func TestACorrectionOfTheStockIsInTheLedgerWithWhoAndWhyAndIsMadeOnce(t *testing.T) {
	w := open(t)
	want := domain.Movement{
		SKU: "tea", Kind: domain.KindAdjust, Ref: "count-7", Delta: -3, Balance: 7, Reason: "three broken", By: "bob",
	}
	for range 2 {
		got, err := w.adjust("--delta", "-3", "--request-id", "count-7", "--by", "bob", "--reason", "three broken", "tea")
		if err != nil || !strings.HasPrefix(got, "tea: -3 pieces, 7 after it") || !strings.HasSuffix(got, "by bob\n") {
			t.Errorf("printed %q, %v", got, err)
		}
		if m := w.ledger(); m != want {
			t.Errorf("the ledger says %+v", m)
		}
	}
}

func TestACorrectionIsSignedByWhoTypedIt(t *testing.T) {
	w := open(t)
	if _, err := w.adjust("--delta", "2", "--request-id", "found", "--reason", "behind the shelf", "tea"); err != nil {
		t.Fatal(err)
	}
	if m := w.ledger(); m.By != "ann" || m.Balance != 12 {
		t.Errorf("the ledger says %+v", m)
	}
}

func TestACorrectionThatCannotBeIsExplainedAndChangesNothing(t *testing.T) {
	w := open(t)
	whole := map[string]string{"--delta": "1", "--request-id": "r", "--reason": "why", "--by": "ann"}
	with := func(flag, value string) []string {
		var args []string
		for f, v := range whole {
			if f == flag {
				v = value
			}
			args = append(args, f, v)
		}
		return args
	}
	for _, tc := range []struct {
		name  string
		args  []string
		sku   string
		want  error
		usage string
	}{
		{name: "no pieces", args: with("--delta", "0"), sku: "tea", usage: "--delta"},
		{name: "no request id", args: with("--request-id", ""), sku: "tea", usage: "--request-id"},
		{name: "nobody", args: with("--by", " "), sku: "tea", usage: "--by "},
		{name: "no reason", args: with("--reason", " "), sku: "tea", usage: "--reason"},
		{name: "a request id that is none", args: with("--request-id", "with space"), sku: "tea", usage: "with space"},
		{name: "a name that is too long", args: with("--by", strings.Repeat("a", 65)), sku: "tea", usage: "who asks"},
		{name: "more than there is", args: with("--delta", "-11"), sku: "tea", want: domain.ErrStockOutOfRange},
		{name: "an unknown SKU", args: with("", ""), sku: "mug", want: domain.ErrSKUNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			stdout, err := w.adjust(append(tc.args, tc.sku)...)
			_, misused := errors.AsType[boot.UsageError](err)
			if misused != (tc.usage != "") || misused && !strings.Contains(err.Error(), tc.usage) {
				t.Errorf("error %v", err)
			}
			if tc.want != nil && !errors.Is(err, tc.want) || stdout != "" {
				t.Errorf("error %v, printed %q", err, stdout)
			}
			if m := w.ledger(); m.Kind != domain.KindOpening {
				t.Errorf("the ledger says %+v", m)
			}
		})
	}
}
