package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/metric/noop"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/internal/platform/identity"
	"github.com/stockonce/stockonce/app/order/internal/adapter/cli"
	"github.com/stockonce/stockonce/app/order/internal/adapter/signals"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
	"github.com/stockonce/stockonce/app/order/internal/usecase/usecasetest"
)

// office is an order service's database and who works on it.
type office struct {
	*cli.Desk

	t  *testing.T
	rt *boot.Runtime[*conf.Bootstrap]
}

func desk(rt *boot.Runtime[*conf.Bootstrap]) (*cli.Desk, error) {
	told, err := signals.New(rt.Logger, noop.Meter{})
	if err != nil {
		return nil, err
	}
	s := store.New(rt.DB)
	orders, payments := store.NewOrders(s, nil), store.NewPayments(s)
	tasks, callbacks := store.NewTasks(s), store.NewCallbacks(s)
	confirm := usecase.NewConfirmPayment(orders, payments,
		usecase.NewSettleDeduction(orders, usecase.LeftToRelay{}, told), identity.New, told)
	return &cli.Desk{
		Orders: orders, Payments: payments, Tasks: tasks, Callbacks: callbacks,
		Handle:     usecase.NewHandlePayment(orders, payments),
		HandleTask: usecase.NewHandleTask(orders, payments, tasks, told),
		FindTask:   usecase.NewFindTask(orders, payments, tasks),
		Replay:     usecase.NewReplayCallback(callbacks, confirm),
		Findings:   store.NewFindings(s),
		Passes:     usecase.PassSettings{UnchangedFor: time.Hour, StuckAfter: time.Hour, OrphanWindow: time.Hour},
		Progress:   io.Discard,
		Reconcile: func() (*usecase.Reconcile, func(), error) {
			return usecase.NewReconcile(usecase.ReconcilePorts{
				Orders: orders, Payments: payments, Tasks: tasks, Books: store.NewBooks(s), Stock: emptyStock{},
				Providers: noProviders{}, Findings: store.NewFindings(s), Passes: store.NewPasses(s), Signals: usecase.ToldByReport{},
			}), func() {}, nil
		},
		Prune: usecase.NewPrune(store.NewRetention(s)),
	}, nil
}

func open(t *testing.T) *office {
	t.Helper()
	t.Setenv("USER", "ann")
	rt := &boot.Runtime[*conf.Bootstrap]{
		DB: dbtest.SQLite(t, migrations.Files), Logger: slog.New(slog.DiscardHandler),
	}
	d, err := desk(rt)
	if err != nil {
		t.Fatal(err)
	}
	return &office{Desk: d, t: t, rt: rt}
}

// try runs a command: its name, its flags, then its arguments.
func (f *office) try(name string, args ...string) (string, error) {
	f.t.Helper()
	commands := cli.Commands(desk)
	i := slices.IndexFunc(commands, func(c boot.Command[*conf.Bootstrap]) bool { return c.Name == name })
	if i < 0 {
		f.t.Fatalf("there is no command %q", name)
	}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	act := commands[i].Define(flags)
	if err := flags.Parse(args); err != nil {
		f.t.Fatal(err)
	}
	if want := len(strings.Fields(commands[i].Args)); flags.NArg() != want {
		f.t.Fatalf("%s takes %d arguments, not %d", name, want, flags.NArg())
	}
	var stdout bytes.Buffer
	err := act(f.t.Context(), f.rt, flags.Args(), &stdout)
	return stdout.String(), err
}

// run is try for a command that works.
func (f *office) run(name string, args ...string) string {
	f.t.Helper()
	stdout, err := f.try(name, args...)
	if err != nil {
		f.t.Fatalf("%s %q: %v", name, args, err)
	}
	return stdout
}

var (
	gap  = regexp.MustCompile(` {3,}`)
	when = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`)
)

// table runs a command that lists, and returns its lines with one space between
// cells and NOW for a time.
func (f *office) table(name string, args ...string) string {
	f.t.Helper()
	return when.ReplaceAllString(gap.ReplaceAllString(f.run(name, args...), " | "), "NOW")
}

// json runs a command with --json and reads what it prints.
func (f *office) json(into any, name string, args ...string) {
	f.t.Helper()
	decode(f.t, f.run(name, append([]string{"--json"}, args...)...), into)
}

// decode reads one JSON document.
func decode(t *testing.T, text string, into any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	if err := decoder.Decode(into); err != nil || decoder.More() {
		t.Fatalf("printed %s: %v", text, err)
	}
}

// history lists an order's events, each as kind, subject and note.
func (f *office) history(order string) []string {
	f.t.Helper()
	var lines []string
	for sequence := int64(1); ; sequence++ {
		e, err := f.Orders.Event(f.t.Context(), order, sequence)
		if errors.Is(err, usecase.ErrOrderNotFound) {
			return lines
		}
		if err != nil {
			f.t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", e.Kind, e.Subject, e.Note))
	}
}

// die has the one due task of a lane end as dead.
func (f *office) die(lane usecase.Lane, reason string) {
	f.t.Helper()
	end := domain.TaskEnd{Claim: f.claim(lane), State: domain.TaskDead, Reason: reason}
	if err := f.Tasks.End(f.t.Context(), end); err != nil {
		f.t.Fatal(err)
	}
}

// order places an order of 1000 CNY.
func (f *office) order() string {
	f.t.Helper()
	return usecasetest.Place(f.t, f.Orders).Number()
}

// pay has a payment of an amount arrive for an order.
func (f *office) pay(order, payment string, minor int64) {
	f.t.Helper()
	n := usecasetest.Notice(order, "tx-"+payment)
	n.Amount.Minor = minor
	f.update(order, func(o *domain.Order) { o.Pay(n, payment, "") })
}

// orphan has a payment arrive for an order that does not exist.
func (f *office) orphan(order, payment string) {
	f.t.Helper()
	n := usecasetest.Notice(order, "tx-"+payment)
	err := f.Payments.Hold(f.t.Context(), domain.Hold(n, payment), domain.Callback{Notice: n, Verdict: domain.VerdictOrphan})
	if err != nil {
		f.t.Fatal(err)
	}
}

// fulfil has product take the stock of a paid order.
func (f *office) fulfil(order string) {
	f.t.Helper()
	claim := f.claim(usecase.Lane{Kind: domain.TaskDeduct})
	f.update(order, func(o *domain.Order) { o.Settle(domain.Deducted, claim) })
}

func (f *office) update(order string, change func(*domain.Order)) {
	f.t.Helper()
	err := f.Orders.Update(f.t.Context(), order, func(o *domain.Order) error { change(o); return nil })
	if err != nil {
		f.t.Fatal(err)
	}
}

// claim claims the one due task of a lane.
func (f *office) claim(lane usecase.Lane) domain.Claim {
	f.t.Helper()
	claims, err := f.Tasks.Claim(f.t.Context(), lane, "token", 10, time.Minute)
	if err != nil || len(claims) != 1 {
		f.t.Fatalf("claims of %s: %+v, %v", lane, claims, err)
	}
	return claims[0]
}

// unfinished lists the kinds and states of the tasks that are not done, but those
// that look after unpaid orders.
func (f *office) unfinished() string {
	f.t.Helper()
	all, err := f.Tasks.Unfinished(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	var list []string
	for _, u := range all {
		if u.Kind != domain.TaskQueryPayment {
			list = append(list, fmt.Sprintf("%s %s %d", u.Lane, u.State, u.Tasks))
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func (f *office) status(order string) domain.Status {
	f.t.Helper()
	o, err := f.Orders.Find(f.t.Context(), order)
	if err != nil {
		f.t.Fatal(err)
	}
	return o.Status()
}

// refund is what is kept of a refund, but its time.
func (f *office) refund(number string) domain.Refund {
	f.t.Helper()
	r, _, err := f.Payments.FindRefund(f.t.Context(), number)
	if err != nil {
		f.t.Fatal(err)
	}
	r.CreatedAt = time.Time{}
	return r
}
