package store

import (
	"context"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/lease"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/pass"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Passes implements usecase.Passes.
type Passes struct{ *Store }

// NewPasses makes the port's adapter.
func NewPasses(s *Store) *Passes { return &Passes{s} }

// LastPass implements usecase.Passes.
func (s *Passes) LastPass(ctx context.Context, kind usecase.PassKind) (usecase.Pass, error) {
	row, err := s.read.Pass.Get(ctx, string(kind))
	if ent.IsNotFound(err) {
		return usecase.Pass{}, nil
	}
	if err != nil {
		return usecase.Pass{}, fail(ctx, fmt.Errorf("read pass: %w", err))
	}
	return usecase.Pass{ComparedUntil: row.ComparedUntil.UTC(), FinishedAt: row.FinishedAt.UTC()}, nil
}

// Passed implements usecase.Passes.
func (s *Passes) Passed(ctx context.Context, kind usecase.PassKind, comparedUntil time.Time) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		n, err := tx.Pass.Update().Where(pass.ID(string(kind))).
			SetComparedUntil(comparedUntil.UTC()).SetFinishedAt(now).Save(ctx)
		if err != nil {
			return fmt.Errorf("update pass: %w", err)
		}
		if n > 0 {
			return nil
		}
		err = tx.Pass.Create().SetID(string(kind)).SetComparedUntil(comparedUntil.UTC()).SetFinishedAt(now).Exec(ctx)
		if dbtx.Duplicate(err) {
			return dbtx.ErrConflict // another pass ended at the same time
		}
		if err != nil {
			return fmt.Errorf("insert pass: %w", err)
		}
		return nil
	})
}

// Leases implements usecase.Leases.
type Leases struct{ *Store }

// NewLeases makes the port's adapter.
func NewLeases(s *Store) *Leases { return &Leases{s} }

// Acquire implements usecase.Leases. One conditional update decides: whoever comes
// second to the row finds it taken.
func (s *Leases) Acquire(ctx context.Context, name, holder string, lasts time.Duration) (got bool, err error) {
	err = s.inTx(ctx, func(tx *ent.Tx) error {
		got = false
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		n, err := tx.Lease.Update().
			Where(lease.ID(name), lease.Or(lease.HolderEQ(holder), lease.EndsAtLTE(now))).
			SetHolder(holder).SetEndsAt(now.Add(lasts)).Save(ctx)
		if err != nil {
			return fmt.Errorf("take lease: %w", err)
		}
		if n > 0 {
			got = true
			return nil
		}
		known, err := tx.Lease.Query().Where(lease.ID(name)).Exist(ctx)
		if err != nil || known {
			return err
		}
		err = tx.Lease.Create().SetID(name).SetHolder(holder).SetEndsAt(now.Add(lasts)).Exec(ctx)
		if dbtx.Duplicate(err) {
			return nil // another was first
		}
		if err != nil {
			return fmt.Errorf("insert lease: %w", err)
		}
		got = true
		return nil
	})
	return got, err
}

// Release implements usecase.Leases.
func (s *Leases) Release(ctx context.Context, name, holder string) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		err = tx.Lease.Update().Where(lease.ID(name), lease.HolderEQ(holder), lease.EndsAtGT(now)).SetEndsAt(now).Exec(ctx)
		if err != nil {
			return fmt.Errorf("release lease: %w", err)
		}
		return nil
	})
}
