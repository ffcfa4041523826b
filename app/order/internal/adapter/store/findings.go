package store

import (
	"context"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/finding"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Findings implements usecase.Findings.
type Findings struct{ *Store }

// NewFindings makes the port's adapter.
func NewFindings(s *Store) *Findings { return &Findings{s} }

// maxDetail is how much of a finding's detail is kept.
const maxDetail = 500

// Found implements usecase.Findings.
func (s *Findings) Found(ctx context.Context, findings []domain.Finding) ([]domain.Finding, error) {
	var open []domain.Finding
	err := s.inTx(ctx, func(tx *ent.Tx) error {
		open = nil
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		for _, f := range findings {
			f.Detail = clip(f.Detail, maxDetail)
			isOpen, err := keepFinding(ctx, tx, now, f)
			if err != nil {
				return err
			}
			if isOpen {
				open = append(open, f)
			}
		}
		return nil
	})
	return open, err
}

// keepFinding inserts a finding or updates the one there is, and reports whether it is
// open.
func keepFinding(ctx context.Context, tx *ent.Tx, now time.Time, f domain.Finding) (bool, error) {
	row, err := tx.Finding.Query().Where(finding.KindEQ(string(f.Kind)), finding.RefEQ(f.Ref)).Only(ctx)
	if ent.IsNotFound(err) {
		err := tx.Finding.Create().SetKind(string(f.Kind)).SetRef(f.Ref).SetOrderNumber(f.Order).
			SetDetail(f.Detail).SetRemedy(string(f.Remedy)).SetFirstSeen(now).SetLastSeen(now).
			SetResolvedBy("").SetReason("").Exec(ctx)
		if dbtx.Duplicate(err) {
			return false, dbtx.ErrConflict // another pass found it at the same time
		}
		if err != nil {
			return false, fmt.Errorf("insert finding: %w", err)
		}
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("read finding: %w", err)
	}
	update := row.Update().SetLastSeen(now)
	settled := row.ResolvedAt != nil && row.ResolvedBy != "" && row.Detail == f.Detail
	if !settled {
		update.SetDetail(f.Detail).SetRemedy(string(f.Remedy)).SetOrderNumber(f.Order)
	}
	if row.ResolvedAt != nil && !settled {
		update.SetFirstSeen(now).ClearResolvedAt().SetResolvedBy("").SetReason("")
	}
	if err := update.Exec(ctx); err != nil {
		return false, fmt.Errorf("update finding: %w", err)
	}
	return !settled, nil
}

// InOrder implements usecase.Findings.
func (s *Findings) InOrder(ctx context.Context, id int64) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		err = tx.Finding.Update().Where(finding.IDEQ(id), finding.ResolvedAtIsNil()).SetResolvedAt(now).Exec(ctx)
		if err != nil {
			return fmt.Errorf("resolve finding: %w", err)
		}
		return nil
	})
}

// Settle implements usecase.Findings.
func (s *Findings) Settle(ctx context.Context, kind domain.FindingKind, ref, by, reason string) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		n, err := tx.Finding.Update().
			Where(finding.KindEQ(string(kind)), finding.RefEQ(ref), finding.ResolvedAtIsNil()).
			SetResolvedAt(now).SetResolvedBy(clip(by, 64)).SetReason(clip(reason, 255)).Save(ctx)
		if err != nil {
			return fmt.Errorf("settle finding: %w", err)
		}
		if n == 0 {
			return usecase.ErrFindingNotFound
		}
		return nil
	})
}

// List implements usecase.Findings.
func (s *Findings) List(ctx context.Context, f usecase.FindingFilter, after int64, limit int) ([]domain.KeptFinding, error) {
	query := s.read.Finding.Query().Where(finding.IDGT(after)).Order(finding.ByID()).Limit(limit)
	if f.Open {
		query.Where(finding.ResolvedAtIsNil())
	}
	if f.Kind != "" {
		query.Where(finding.KindEQ(string(f.Kind)))
	}
	if f.Ref != "" {
		query.Where(finding.RefEQ(f.Ref))
	}
	if !f.SeenBefore.IsZero() {
		query.Where(finding.LastSeenLT(f.SeenBefore.UTC()))
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read findings: %w", err))
	}
	findings := make([]domain.KeptFinding, len(rows))
	for i, row := range rows {
		findings[i] = toFinding(row)
	}
	return findings, nil
}

func toFinding(row *ent.Finding) domain.KeptFinding {
	f := domain.KeptFinding{
		Finding: domain.Finding{
			Kind: domain.FindingKind(row.Kind), Ref: row.Ref, Order: row.OrderNumber,
			Detail: row.Detail, Remedy: domain.TaskKind(row.Remedy),
		},
		ID: row.ID, FirstSeen: row.FirstSeen.UTC(), LastSeen: row.LastSeen.UTC(), ResolvedBy: row.ResolvedBy, Reason: row.Reason,
	}
	if row.ResolvedAt != nil {
		f.ResolvedAt = row.ResolvedAt.UTC()
	}
	return f
}

// Open implements usecase.Findings.
func (s *Findings) Open(ctx context.Context) (map[domain.FindingKind]int64, error) {
	var rows []struct {
		Kind     string
		Findings int64
	}
	err := s.read.Finding.Query().Where(finding.ResolvedAtIsNil()).
		Modify(func(q *entsql.Selector) {
			q.Select(finding.FieldKind).AppendSelectAs(entsql.Count("*"), "findings").GroupBy(finding.FieldKind)
		}).Scan(ctx, &rows)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("count findings: %w", err))
	}
	open := make(map[domain.FindingKind]int64, len(rows))
	for _, row := range rows {
		open[domain.FindingKind(row.Kind)] = row.Findings
	}
	return open, nil
}
