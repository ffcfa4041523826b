package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/order"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/payment"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/predicate"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/task"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Orders implements usecase.Orders.
type Orders struct {
	*Store

	targets Targets
}

// NewOrders makes the port's adapter.
func NewOrders(s *Store, targets Targets) *Orders { return &Orders{s, targets} }

// Now implements usecase.Orders.
func (s *Orders) Now(ctx context.Context) (time.Time, error) {
	now, err := s.clock(ctx, s.read)
	return now, fail(ctx, err)
}

// Add implements usecase.Orders.
func (s *Orders) Add(ctx context.Context, o *domain.Order) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		events := o.Changes().Events
		row, err := tx.Order.Create().
			SetNumber(o.Number()).SetCustomer(o.Customer()).
			SetRequestID(o.RequestID()).SetRequestHash(o.RequestHash()).
			SetProvider(o.Provider()).SetStatus(string(o.Status())).
			SetCurrency(o.Total().Currency).SetAmount(o.Total().Minor).
			SetWinner("").SetVersion(1).SetEvents(int64(len(events))).
			SetCreatedAt(o.CreatedAt()).SetUpdatedAt(o.UpdatedAt()).SetExpiresAt(o.ExpiresAt()).
			Save(ctx)
		if dbtx.Duplicate(err) {
			// The number is fresh, so it is the request that is known.
			return usecase.ErrRequestTaken
		}
		if err != nil {
			return fmt.Errorf("insert order: %w", err)
		}
		lines := make([]*ent.OrderLineCreate, 0, len(o.Lines()))
		for _, line := range o.Lines() {
			lines = append(lines, tx.OrderLine.Create().SetOrderID(row.ID).
				SetSku(line.SKU).SetQuantity(line.Quantity).SetUnitPrice(line.UnitPrice))
		}
		if err := tx.OrderLine.CreateBulk(lines...).Exec(ctx); err != nil {
			return fmt.Errorf("insert lines: %w", err)
		}
		if err := insertTasks(ctx, tx, o.CreatedAt(), o.Changes().NewTasks); err != nil {
			return err
		}
		return s.insertEvents(ctx, tx, o, 0, o.CreatedAt())
	})
}

// Update implements usecase.Orders. The row lock makes concurrent updates of one
// order follow each other; the version, checked when the row is written, makes sure
// of it.
func (s *Orders) Update(ctx context.Context, number string, change func(*domain.Order) error) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		query := tx.Order.Query().Where(order.NumberEQ(number))
		query.Modify(s.withNow(true))
		row, err := query.Only(ctx)
		if ent.IsNotFound(err) {
			return usecase.ErrOrderNotFound
		}
		if err != nil {
			return fmt.Errorf("lock order: %w", err)
		}
		o, now, err := load(ctx, tx.Client(), row)
		if err != nil {
			return err
		}
		if err := change(o); err != nil {
			return err
		}
		return s.save(ctx, tx, row, o, now)
	})
}

// UpdatePayments implements usecase.Orders. Without an order it is the payments' rows
// that are locked.
func (s *Orders) UpdatePayments(ctx context.Context, number string, change func(*domain.Order) error) error {
	err := s.Update(ctx, number, change)
	if !errors.Is(err, usecase.ErrOrderNotFound) {
		return err
	}
	return s.inTx(ctx, func(tx *ent.Tx) error {
		query := tx.Payment.Query().Where(payment.OrderNumberEQ(number)).Order(payment.ByID())
		query.Modify(s.withNow(true))
		rows, err := query.All(ctx)
		if err != nil {
			return fmt.Errorf("lock payments: %w", err)
		}
		if len(rows) == 0 {
			return usecase.ErrOrderNotFound
		}
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		stored := domain.Stored{Number: number, Now: now, Payments: toPayments(rows)}
		if stored.Refunds, err = loadRefunds(ctx, tx.Client(), stored.Payments); err != nil {
			return err
		}
		o := domain.Restore(stored)
		if err := change(o); err != nil {
			return err
		}
		return saveParts(ctx, tx, o.Changes(), now)
	})
}

// Find implements usecase.Orders.
func (s *Orders) Find(ctx context.Context, number string) (*domain.Order, error) {
	return s.find(ctx, order.NumberEQ(number))
}

// FindByRequest implements usecase.Orders.
func (s *Orders) FindByRequest(ctx context.Context, customer, requestID string) (*domain.Order, error) {
	return s.find(ctx, order.CustomerEQ(customer), order.RequestIDEQ(requestID))
}

func (s *Orders) find(ctx context.Context, where ...predicate.Order) (*domain.Order, error) {
	query := s.read.Order.Query().Where(where...)
	query.Modify(s.withNow(false))
	row, err := query.Only(ctx)
	if ent.IsNotFound(err) {
		return nil, usecase.ErrOrderNotFound
	}
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read order: %w", err))
	}
	o, _, err := load(ctx, s.read, row)
	return o, fail(ctx, err)
}

// List implements usecase.Orders.
func (s *Orders) List(ctx context.Context, filter usecase.OrderFilter, before string, limit int) ([]*domain.Order, error) {
	query := s.read.Order.Query().Order(order.ByNumber(entsql.OrderDesc())).Limit(limit)
	if filter.Status != "" {
		query.Where(order.StatusEQ(string(filter.Status)))
	}
	if filter.Customer != "" {
		query.Where(order.CustomerEQ(filter.Customer))
	}
	if before != "" {
		query.Where(order.NumberLT(before))
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read orders: %w", err))
	}
	lines, err := loadLines(ctx, s.read, rows...)
	if err != nil {
		return nil, fail(ctx, err)
	}
	orders := make([]*domain.Order, len(rows))
	for i, row := range rows {
		stored, err := head(row)
		if err != nil {
			return nil, err
		}
		stored.Lines = lines[row.ID]
		orders[i] = domain.Restore(stored)
	}
	return orders, nil
}

// Unpaid implements usecase.Orders.
func (s *Orders) Unpaid(
	ctx context.Context, grace time.Duration, limit int, without []string,
) ([]string, error) {
	now, err := s.clock(ctx, s.read)
	if err != nil {
		return nil, fail(ctx, err)
	}
	numbers, err := s.read.Order.Query().
		Where(order.StatusEQ(string(domain.Created)), order.ExpiresAtLTE(now.Add(-grace)),
			order.ProviderNotIn(without...)).
		Order(order.ByExpiresAt()).Limit(limit).
		Select(order.FieldNumber).Strings(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read unpaid orders: %w", err))
	}
	return numbers, nil
}

// Unwatched implements usecase.Orders.
func (s *Orders) Unwatched(ctx context.Context, providers []string, limit int) ([]usecase.Watch, error) {
	now, err := s.clock(ctx, s.read)
	if err != nil {
		return nil, fail(ctx, err)
	}
	rows, err := s.read.Order.Query().
		Where(order.StatusEQ(string(domain.Created)), order.ExpiresAtLTE(now), order.ProviderIn(providers...), withoutQuery).
		Order(order.ByExpiresAt()).Limit(limit).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read unwatched orders: %w", err))
	}
	found := make([]usecase.Watch, len(rows))
	for i, row := range rows {
		found[i] = usecase.Watch{Order: row.Number, Provider: row.Provider}
	}
	return found, nil
}

// withoutQuery keeps the orders that no task asks about; a dead one waits for a person.
func withoutQuery(q *entsql.Selector) {
	tasks := entsql.Table(task.Table)
	q.Where(entsql.NotExists(entsql.Select(tasks.C(task.FieldID)).From(tasks).Where(entsql.And(
		entsql.EQ(tasks.C(task.FieldKind), string(domain.TaskQueryPayment)),
		entsql.ColumnsEQ(tasks.C(task.FieldRef), q.C(order.FieldNumber)),
		entsql.NEQ(tasks.C(task.FieldState), string(domain.TaskDone)),
	))))
}

// rowNow is the database's clock as it was read along with a row.
func rowNow(row *ent.Order) (time.Time, error) {
	v, err := row.Value(nowColumn)
	if err != nil {
		return time.Time{}, fmt.Errorf("read clock: %w", err)
	}
	return database.Time(v)
}
