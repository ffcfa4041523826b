package store_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
	"github.com/stockonce/stockonce/app/order/internal/usecase/usecasetest"
)

// calls are one call of every port method.
func calls(db *database.DB) map[string]func(context.Context) error {
	s := store.New(db)
	orders, payments, tasks := store.NewOrders(s, nil), store.NewPayments(s), store.NewTasks(s)
	callbacks := store.NewCallbacks(s)
	n := usecasetest.Notice("O1", "tx")
	claim := domain.Claim{Kind: domain.TaskDeduct, Ref: "O1", Token: "t"}
	return map[string]func(context.Context) error{
		"Now":           func(ctx context.Context) error { _, err := orders.Now(ctx); return err },
		"Add":           func(ctx context.Context) error { return orders.Add(ctx, domain.Restore(domain.Stored{Number: "O1"})) },
		"Update":        func(ctx context.Context) error { return orders.Update(ctx, "O1", nil) },
		"Find":          func(ctx context.Context) error { _, err := orders.Find(ctx, "O1"); return err },
		"FindByRequest": func(ctx context.Context) error { _, err := orders.FindByRequest(ctx, "c", "r"); return err },
		"List":          func(ctx context.Context) error { _, err := orders.List(ctx, usecase.OrderFilter{}, "", 1); return err },
		"Unpaid":        func(ctx context.Context) error { _, err := orders.Unpaid(ctx, 0, 1, nil); return err },
		"Hold": func(ctx context.Context) error {
			return payments.Hold(ctx, domain.Hold(n, "P1"), domain.Callback{Notice: n})
		},
		"FindByTransaction": func(ctx context.Context) error { _, _, err := payments.FindByTransaction(ctx, "p", "tx"); return err },
		"Keep":              func(ctx context.Context) error { return payments.Keep(ctx, domain.Callback{Notice: n}) },
		"Claim": func(ctx context.Context) error {
			_, err := tasks.Claim(ctx, usecase.Lane{Kind: domain.TaskDeduct}, "t", 1, time.Minute)
			return err
		},
		"UpdatePayments": func(ctx context.Context) error { return orders.UpdatePayments(ctx, "O1", nil) },
		"Event":          func(ctx context.Context) error { _, err := orders.Event(ctx, "O1", 1); return err },
		"HoldRefund":     func(ctx context.Context) error { return payments.HoldRefund(ctx, domain.Callback{Notice: n}) },
		"HeldRefunds":    func(ctx context.Context) error { _, err := payments.HeldRefunds(ctx, "O1"); return err },
		"FindRefund":     func(ctx context.Context) error { _, _, err := payments.FindRefund(ctx, "P1-1"); return err },
		"FindPayment":    func(ctx context.Context) error { _, err := payments.FindPayment(ctx, "P1"); return err },
		"Held":           func(ctx context.Context) error { _, err := payments.Held(ctx, 1); return err },
		"Unsettled":      func(ctx context.Context) error { _, err := payments.Unsettled(ctx, 1); return err },
		"Tasks.List": func(ctx context.Context) error {
			_, err := tasks.List(ctx, usecase.TaskFilter{State: domain.TaskDead}, 1)
			return err
		},
		"Tasks.Find": func(ctx context.Context) error { _, err := tasks.Find(ctx, domain.TaskNotify, "O1"); return err },
		"Callbacks.List": func(ctx context.Context) error {
			_, err := callbacks.List(ctx, usecase.CallbackFilter{}, 0, 1)
			return err
		},
		"Callbacks.Find": func(ctx context.Context) error { _, err := callbacks.Find(ctx, 1); return err },
		"Records": func(ctx context.Context) error {
			_, err := store.NewBooks(s).Records(ctx, usecase.Window{}, "", 1)
			return err
		},
		"RecordsOf": func(ctx context.Context) error {
			_, err := store.NewBooks(s).RecordsOf(ctx, []string{"O1"})
			return err
		},
		"Waiting": func(ctx context.Context) error { _, err := store.NewBooks(s).Waiting(ctx, 0, 0, 1); return err },
		"Homeless": func(ctx context.Context) error {
			_, err := store.NewBooks(s).Homeless(ctx, usecase.HomelessFilter{}, 0, 1)
			return err
		},
		"Books.Unpaid": func(ctx context.Context) error {
			_, err := store.NewBooks(s).Unpaid(ctx, usecase.UnpaidFilter{}, "", 1)
			return err
		},
		"Found": func(ctx context.Context) error {
			_, err := store.NewFindings(s).Found(ctx, []domain.Finding{{}})
			return err
		},
		"InOrder": func(ctx context.Context) error { return store.NewFindings(s).InOrder(ctx, 1) },
		"Settle":  func(ctx context.Context) error { return store.NewFindings(s).Settle(ctx, "", "", "", "") },
		"Findings.List": func(ctx context.Context) error {
			_, err := store.NewFindings(s).List(ctx, usecase.FindingFilter{}, 0, 1)
			return err
		},
		"Open":     func(ctx context.Context) error { _, err := store.NewFindings(s).Open(ctx); return err },
		"LastPass": func(ctx context.Context) error { _, err := store.NewPasses(s).LastPass(ctx, usecase.Full); return err },
		"Passed":   func(ctx context.Context) error { return store.NewPasses(s).Passed(ctx, usecase.Full, time.Unix(0, 0)) },
		"Acquire": func(ctx context.Context) error {
			_, err := store.NewLeases(s).Acquire(ctx, "n", "h", time.Minute)
			return err
		},
		"Release":    func(ctx context.Context) error { return store.NewLeases(s).Release(ctx, "n", "h") },
		"Unwatched":  func(ctx context.Context) error { _, err := orders.Unwatched(ctx, []string{"stripe"}, 1); return err },
		"Decide":     func(ctx context.Context) error { return tasks.Decide(ctx, domain.TaskDecision{Ref: "O1"}) },
		"Wake":       func(ctx context.Context) error { return tasks.Wake(ctx, domain.NewTask{Kind: domain.TaskNotify}) },
		"Postpone":   func(ctx context.Context) error { return tasks.Postpone(ctx, claim, 0, "") },
		"Return":     func(ctx context.Context) error { return tasks.Return(ctx, claim) },
		"Unfinished": func(ctx context.Context) error { _, err := tasks.Unfinished(ctx); return err },
		"End":        func(ctx context.Context) error { return tasks.End(ctx, domain.TaskEnd{Claim: claim}) },
	}
}

func TestADatabaseThatIsDownIsSaidToBeUnavailable(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil { // the port refuses from here on
		t.Fatal(err)
	}
	db, err := database.Open(&conf.Database{Driver: "mysql", Dsn: "u@tcp(" + addr + ")/db", MaxOpen: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, call := range calls(db) {
		if err := call(t.Context()); !errors.Is(err, usecase.ErrUnavailable) {
			t.Errorf("%s: error is %v, want ErrUnavailable", name, err)
		}
	}
}

func TestACallerWhoWentAwayIsNotTheDatabasesFault(t *testing.T) {
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *database.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for name, call := range calls(db) {
			err := call(ctx)
			if !errors.Is(err, context.Canceled) || errors.Is(err, usecase.ErrUnavailable) {
				t.Errorf("%s: error is %v, want context.Canceled alone", name, err)
			}
		}
	})
}
