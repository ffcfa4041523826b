package store

import (
	"context"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/order"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/payment"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/refund"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/task"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Waiting implements usecase.Books.
func (s *Books) Waiting(ctx context.Context, older time.Duration, after int64, limit int) ([]usecase.WaitingTask, error) {
	now, err := s.clock(ctx, s.read)
	if err != nil {
		return nil, fail(ctx, err)
	}
	until := now.Add(-older)
	rows, err := s.read.Task.Query().Where(task.IDGT(after), task.Or(
		task.And(task.StateEQ(string(domain.TaskDead)), task.UpdatedAtLTE(until)),
		task.And(task.StateEQ(string(domain.TaskPending)), task.Or(task.CreatedAtLTE(until), task.NextAtLTE(until))),
	)).Order(task.ByID()).Limit(limit).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read waiting tasks: %w", err))
	}
	waiting := make([]usecase.WaitingTask, len(rows))
	for i, row := range rows {
		waiting[i] = usecase.WaitingTask{ID: row.ID, TaskRecord: toTaskRecord(row), Now: now}
	}
	return waiting, nil
}

// Homeless implements usecase.Books.
func (s *Books) Homeless(ctx context.Context, f usecase.HomelessFilter, after int64, limit int) ([]usecase.HomelessPayment, error) {
	until, err := s.ago(ctx, f.Older)
	if err != nil {
		return nil, err
	}
	query := s.read.Payment.Query().Where(payment.IDGT(after), payment.DispositionEQ(string(f.Disposition)),
		payment.CreatedAtLTE(until), withoutOrder, withoutAnyRefund)
	if !f.Since.IsZero() {
		query.Where(payment.CreatedAtGTE(f.Since.UTC()))
	}
	if len(f.Numbers) > 0 {
		query.Where(payment.NumberIn(f.Numbers...))
	}
	if f.Order != "" {
		query.Where(payment.OrderNumberEQ(f.Order))
	}
	rows, err := query.Order(payment.ByID()).Limit(limit).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read payments without order: %w", err))
	}
	found := make([]usecase.HomelessPayment, len(rows))
	for i, row := range rows {
		found[i] = usecase.HomelessPayment{ID: row.ID, Payment: toPayment(row)}
	}
	return found, nil
}

// withoutOrder keeps the payments that name no order.
func withoutOrder(q *entsql.Selector) {
	orders := entsql.Table(order.Table)
	q.Where(entsql.NotExists(entsql.Select(orders.C(order.FieldID)).From(orders).
		Where(entsql.ColumnsEQ(orders.C(order.FieldNumber), q.C(payment.FieldOrderNumber)))))
}

// withoutAnyRefund keeps the payments that nobody has decided to give back.
func withoutAnyRefund(q *entsql.Selector) {
	refunds := entsql.Table(refund.Table)
	q.Where(entsql.NotExists(entsql.Select(refunds.C(refund.FieldID)).From(refunds).
		Where(entsql.ColumnsEQ(refunds.C(refund.FieldPayment), q.C(payment.FieldNumber)))))
}
