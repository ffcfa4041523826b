// Package signals tells operators what happened: a log line each, and counters.
package signals

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Signals implements usecase.Signals and callback.Signals.
type Signals struct {
	logger     *slog.Logger
	callbacks  metric.Int64Counter
	deductions metric.Int64Counter
	tasks      metric.Int64Counter
	expired    metric.Int64Counter
	refunds    metric.Int64Counter
}

// New makes the adapter.
func New(logger *slog.Logger, meter metric.Meter) (*Signals, error) {
	s := &Signals{logger: logger}
	for _, c := range []struct {
		counter    *metric.Int64Counter
		name, help string
	}{
		{&s.callbacks, "stockonce.callbacks", "payment callbacks by provider and verdict"},
		{&s.deductions, "stockonce.deductions.settled", "answers of product that were recorded, by outcome"},
		{&s.tasks, "stockonce.tasks.ended", "tasks postponed or dead, by kind and lane"},
		{&s.refunds, "stockonce.refunds.reported", "answers about refunds that were recorded, by provider and state"},
		{&s.expired, "stockonce.orders.expired", "unpaid orders cancelled by time"},
	} {
		var err error
		if *c.counter, err = meter.Int64Counter(c.name, metric.WithDescription(c.help)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// NoticeJudged implements usecase.Signals.
func (s *Signals) NoticeJudged(ctx context.Context, n domain.Notice, v domain.Verdict) {
	s.countCallback(ctx, n.Provider, string(v))
	level, text := slog.LevelInfo, "callback recorded"
	if v.NeedsPerson() {
		level, text = slog.LevelError, "callback recorded, a person must look"
	}
	s.logger.Log(ctx, level, text, "provider", n.Provider, "verdict", v, "order", n.OrderNumber,
		"transaction", n.TransactionID, "amount", n.Amount.Minor, "currency", n.Amount.Currency,
		"state", n.State, "problem", n.Problem)
}

// Unverified implements callback.Signals. At info: anybody can send such requests,
// and some providers do it on purpose. The counter is for the alert.
func (s *Signals) Unverified(ctx context.Context, provider string, err error) {
	s.countCallback(ctx, provider, "unverified")
	s.logger.InfoContext(ctx, "callback refused", "provider", provider, "error", err)
}

// Unrecorded implements callback.Signals.
func (s *Signals) Unrecorded(ctx context.Context, n domain.Notice, err error) {
	s.countCallback(ctx, n.Provider, "unrecorded")
	s.logger.ErrorContext(ctx, "callback not recorded, the provider will send it again",
		"provider", n.Provider, "order", n.OrderNumber, "transaction", n.TransactionID, "error", err)
}

// DeductionSettled implements usecase.Signals.
func (s *Signals) DeductionSettled(ctx context.Context, number string, answer domain.Outcome) {
	s.deductions.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", string(answer))))
	s.logger.InfoContext(ctx, "deduction settled", "order", number, "outcome", answer)
}

// RefundReported implements usecase.Signals.
func (s *Signals) RefundReported(ctx context.Context, provider string, r domain.RefundReport) {
	s.refunds.Add(ctx, 1, metric.WithAttributes(
		attribute.String("provider", provider), attribute.String("state", string(r.State))))
	s.logger.InfoContext(ctx, "refund reported", "provider", provider, "state", r.State, "reason", r.Reason)
}

// TaskDied implements usecase.Signals.
func (s *Signals) TaskDied(ctx context.Context, end domain.TaskEnd) {
	s.countTask(ctx, end.Claim, domain.TaskDead)
	s.logger.ErrorContext(ctx, "task is dead, a person must look",
		"kind", end.Claim.Kind, "lane", end.Claim.Lane, "ref", end.Claim.Ref, "reason", end.Reason)
}

// TaskDecided implements usecase.Signals. At warn: commands of operators print nothing below.
func (s *Signals) TaskDecided(ctx context.Context, d domain.TaskDecision) {
	s.logger.WarnContext(ctx, "a person decided about a task", "kind", d.Kind, "ref", d.Ref,
		"action", d.Action, "by", d.By, "reason", d.Reason)
}

// TaskPostponed implements usecase.Signals.
func (s *Signals) TaskPostponed(ctx context.Context, c domain.Claim, pause time.Duration, err error) {
	s.countTask(ctx, c, "postponed")
	s.logger.WarnContext(ctx, "task postponed", "kind", c.Kind, "lane", c.Lane, "ref", c.Ref,
		"attempt", c.Attempt+1, "again_in", pause.String(), "error", err)
}

// OrdersExpired implements usecase.Signals.
func (s *Signals) OrdersExpired(ctx context.Context, n int) {
	s.expired.Add(ctx, int64(n))
	s.logger.InfoContext(ctx, "unpaid orders expired", "orders", n)
}

func (s *Signals) countCallback(ctx context.Context, provider, verdict string) {
	s.callbacks.Add(ctx, 1, metric.WithAttributes(
		attribute.String("provider", provider), attribute.String("verdict", verdict)))
}

func (s *Signals) countTask(ctx context.Context, c domain.Claim, state domain.TaskState) {
	s.tasks.Add(ctx, 1, metric.WithAttributes(attribute.String("kind", string(c.Kind)),
		attribute.String("lane", c.Lane), attribute.String("state", string(state))))
}
