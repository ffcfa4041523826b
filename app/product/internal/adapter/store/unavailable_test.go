package store_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// calls are one call of every port method.
func calls(s *store.Store) map[string]func(context.Context) error {
	deduction, err := domain.NewDeduction("O1", []domain.Line{{SKU: "tea", Quantity: 1}})
	if err != nil {
		panic(err)
	}
	return map[string]func(context.Context) error{
		"Create": func(ctx context.Context) error {
			_, err := s.Create(ctx, domain.Product{ID: "P1", Name: "tea"})
			return err
		},
		"Find":      func(ctx context.Context) error { _, err := s.Find(ctx, "P1"); return err },
		"List":      func(ctx context.Context) error { _, err := s.List(ctx, "", 1); return err },
		"SKUs":      func(ctx context.Context) error { _, err := s.SKUs(ctx, []string{"tea"}); return err },
		"Deduct":    func(ctx context.Context) error { _, err := s.Deduct(ctx, deduction); return err },
		"Release":   func(ctx context.Context) error { _, err := s.Release(ctx, "O1"); return err },
		"Change":    func(ctx context.Context) error { _, err := s.Change(ctx, domain.Change{SKU: "tea"}); return err },
		"Movements": func(ctx context.Context) error { _, err := s.Movements(ctx, "tea", 0, 1); return err },
		"Deductions": func(ctx context.Context) error {
			_, err := s.Deductions(ctx, usecase.DeductionFilter{}, 1)
			return err
		},
		"Levels": func(ctx context.Context) error { _, err := s.Levels(ctx, "", nil, 1); return err },
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
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for name, call := range calls(store.New(db)) {
		if err := call(t.Context()); !errors.Is(err, usecase.ErrUnavailable) {
			t.Errorf("%s: error is %v, want ErrUnavailable", name, err)
		}
	}
}

func TestACallerWhoWentAwayIsNotTheDatabasesFault(t *testing.T) {
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *database.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for name, call := range calls(store.New(db)) {
			err := call(ctx)
			if !errors.Is(err, context.Canceled) || errors.Is(err, usecase.ErrUnavailable) {
				t.Errorf("%s: error is %v, want context.Canceled alone", name, err)
			}
		}
	})
}
