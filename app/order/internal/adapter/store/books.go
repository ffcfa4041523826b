package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/order"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/orderevent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/payment"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/predicate"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/task"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Books implements usecase.Books.
type Books struct{ *Store }

// NewBooks makes the port's adapter.
func NewBooks(s *Store) *Books { return &Books{s} }

// Records implements usecase.Books.
func (s *Books) Records(ctx context.Context, w usecase.Window, after string, limit int) ([]domain.Record, error) {
	where := []predicate.Order{order.NumberGT(after)}
	if !w.Since.IsZero() {
		where = append(where, order.UpdatedAtGTE(w.Since.UTC()))
	}
	if w.UnchangedFor > 0 {
		now, err := s.clock(ctx, s.read)
		if err != nil {
			return nil, fail(ctx, err)
		}
		where = append(where, order.UpdatedAtLTE(now.Add(-w.UnchangedFor)))
	}
	records, err := s.records(ctx, limit, where...)
	return records, fail(ctx, err)
}

// RecordsOf implements usecase.Books.
func (s *Books) RecordsOf(ctx context.Context, numbers []string) ([]domain.Record, error) {
	records, err := s.records(ctx, len(numbers), order.NumberIn(numbers...))
	return records, fail(ctx, err)
}

// records reads orders with all that belongs to them, a table at a time.
func (s *Books) records(ctx context.Context, limit int, where ...predicate.Order) ([]domain.Record, error) {
	query := s.read.Order.Query().Where(where...).Order(order.ByNumber()).Limit(limit)
	query.Modify(s.withNow(false))
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	all := make([]domain.Stored, len(rows))
	at := make(map[string]int, len(rows))
	for i, row := range rows {
		if all[i], err = head(row); err != nil {
			return nil, err
		}
		if all[i].Now, err = rowNow(row); err != nil {
			return nil, err
		}
		at[row.Number] = i
	}
	lines, err := loadLines(ctx, s.read, rows...)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		all[i].Lines = lines[row.ID]
	}
	if err := s.addMoney(ctx, all, at); err != nil {
		return nil, err
	}
	records := make([]domain.Record, len(all))
	for i, stored := range all {
		records[i].Order = domain.Restore(stored)
	}
	if err := s.addTasks(ctx, records, at); err != nil {
		return nil, err
	}
	return records, s.addKept(ctx, records, at)
}

// numbersOf lists the numbers of orders by their place.
func numbersOf(at map[string]int) []string {
	return slices.Collect(maps.Keys(at))
}

// addMoney adds the payments and refunds of orders.
func (s *Books) addMoney(ctx context.Context, all []domain.Stored, at map[string]int) error {
	rows, err := s.read.Payment.Query().Where(payment.OrderNumberIn(numbersOf(at)...)).All(ctx)
	if err != nil {
		return fmt.Errorf("read payments: %w", err)
	}
	// Sorted here: asked for this order, servers may read the whole table in it.
	slices.SortFunc(rows, func(a, b *ent.Payment) int { return cmp.Compare(a.ID, b.ID) })
	payments := toPayments(rows)
	of := make(map[string]int, len(payments)) // the order's place by payment
	for _, p := range payments {
		i := at[p.OrderNumber]
		all[i].Payments = append(all[i].Payments, p)
		of[p.Number] = i
	}
	refunds, err := loadRefunds(ctx, s.read, payments)
	if err != nil {
		return err
	}
	for _, r := range refunds {
		i := of[r.Payment]
		all[i].Refunds = append(all[i].Refunds, r)
	}
	return nil
}

// addTasks adds the tasks that the orders' states need. One kind at a time: asked for
// several at once, servers read the whole table instead of the index.
func (s *Books) addTasks(ctx context.Context, records []domain.Record, at map[string]int) error {
	for kind, of := range neededTasks(records) {
		refs := slices.Collect(maps.Keys(of))
		rows, err := s.read.Task.Query().Where(task.KindEQ(string(kind)), task.RefIn(refs...)).All(ctx)
		if err != nil {
			return fmt.Errorf("read %s tasks: %w", kind, err)
		}
		for _, row := range rows {
			i := at[of[row.Ref]]
			records[i].Tasks = append(records[i].Tasks, toTaskRecord(row))
		}
	}
	for _, r := range records {
		slices.SortFunc(r.Tasks, func(a, b domain.TaskRecord) int {
			return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Ref, b.Ref))
		})
	}
	return nil
}

// neededTasks are the orders' numbers by the kinds and refs of the tasks they need.
func neededTasks(records []domain.Record) map[domain.TaskKind]map[string]string {
	needed := map[domain.TaskKind]map[string]string{}
	for _, r := range records {
		for _, n := range r.Needed() {
			if needed[n.Kind] == nil {
				needed[n.Kind] = map[string]string{}
			}
			needed[n.Kind][n.Ref] = r.Order.Number()
		}
	}
	return needed
}

func toTaskRecord(row *ent.Task) domain.TaskRecord {
	return domain.TaskRecord{
		Kind: domain.TaskKind(row.Kind), Ref: row.Ref, Lane: row.Lane, State: domain.TaskState(row.State),
		NextAt: row.NextAt.UTC(), CreatedAt: row.CreatedAt.UTC(), UpdatedAt: row.UpdatedAt.UTC(), LastError: row.LastError,
	}
}

// addKept adds whose stock a person kept out; only the history knows.
func (s *Books) addKept(ctx context.Context, records []domain.Record, at map[string]int) error {
	var back []string
	for _, r := range records {
		if r.Order.StockBack() {
			back = append(back, r.Order.Number())
		}
	}
	if len(back) == 0 {
		return nil
	}
	kept, err := s.read.OrderEvent.Query().
		Where(orderevent.OrderNumberIn(back...), orderevent.KindEQ(string(domain.EventStockKept))).
		Select(orderevent.FieldOrderNumber).Strings(ctx)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	for _, number := range kept {
		records[at[number]].StockKept = true
	}
	return nil
}

// Unpaid implements usecase.Books.
func (s *Books) Unpaid(ctx context.Context, f usecase.UnpaidFilter, after string, limit int) ([]usecase.Watch, error) {
	until, err := s.ago(ctx, f.Older)
	if err != nil {
		return nil, err
	}
	query := s.read.Order.Query().Where(order.StatusEQ(string(domain.Created)), order.NumberGT(after),
		order.ProviderIn(f.Providers...), order.CreatedAtLTE(until))
	if !f.Since.IsZero() {
		query.Where(order.CreatedAtGTE(f.Since.UTC()))
	}
	rows, err := query.Order(order.ByNumber()).Limit(limit).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read unpaid orders: %w", err))
	}
	found := make([]usecase.Watch, len(rows))
	for i, row := range rows {
		found[i] = usecase.Watch{Order: row.Number, Provider: row.Provider}
	}
	return found, nil
}

// ago is so long ago by the database's clock.
func (s *Store) ago(ctx context.Context, d time.Duration) (time.Time, error) {
	now, err := s.clock(ctx, s.read)
	return now.Add(-d), fail(ctx, err)
}
