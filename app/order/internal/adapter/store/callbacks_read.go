package store

import (
	"context"
	"encoding/json"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/callback"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Callbacks implements usecase.Callbacks.
type Callbacks struct{ *Store }

// NewCallbacks makes the port's adapter.
func NewCallbacks(s *Store) *Callbacks { return &Callbacks{s} }

// bulky are the columns that a list does without.
var bulky = map[string]bool{callback.FieldHeaders: true, callback.FieldBody: true}

// List implements usecase.Callbacks.
func (s *Callbacks) List(
	ctx context.Context, filter usecase.CallbackFilter, before int64, limit int,
) ([]domain.KeptCallback, error) {
	query := s.read.Callback.Query().Order(callback.ByID(entsql.OrderDesc())).Limit(limit)
	if before != 0 {
		query.Where(callback.IDLT(before))
	}
	if filter.Order != "" {
		query.Where(callback.OrderNumberEQ(filter.Order))
	}
	if filter.Provider != "" {
		query.Where(callback.ProviderEQ(filter.Provider))
	}
	if filter.Verdict != "" {
		query.Where(callback.VerdictEQ(string(filter.Verdict)))
	}
	if !filter.Since.IsZero() {
		query.Where(callback.CreatedAtGTE(filter.Since.UTC()))
	}
	var columns []string
	for _, c := range callback.Columns {
		if !bulky[c] {
			columns = append(columns, c)
		}
	}
	rows, err := query.Select(columns...).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read callbacks: %w", err))
	}
	kept := make([]domain.KeptCallback, len(rows))
	for i, row := range rows {
		kept[i] = toCallback(row)
	}
	return kept, nil
}

// Find implements usecase.Callbacks.
func (s *Callbacks) Find(ctx context.Context, id int64) (domain.KeptCallback, error) {
	row, err := s.read.Callback.Get(ctx, id)
	if ent.IsNotFound(err) {
		return domain.KeptCallback{}, usecase.ErrCallbackNotFound
	}
	if err != nil {
		return domain.KeptCallback{}, fail(ctx, fmt.Errorf("read callback: %w", err))
	}
	kept := toCallback(row)
	if kept.Delivery.Headers, err = decodeHeaders(row.Headers); err != nil {
		return domain.KeptCallback{}, err
	}
	kept.Delivery.Body, err = s.body(ctx, row)
	return kept, fail(ctx, err)
}

// body is the callback's own, or that of the one whose repeat it is; nil when that
// is not kept any more.
func (s *Callbacks) body(ctx context.Context, row *ent.Callback) ([]byte, error) {
	if row.Body != nil && *row.Body != nil { // NULL is read as a pointer to nil
		return *row.Body, nil
	}
	first, err := s.read.Callback.Query().
		Where(callback.BodyHashEQ(row.BodyHash), callback.BodyNotNil()).Order(callback.ByID()).First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read body of callback: %w", err)
	}
	return *first.Body, nil
}

// toCallback is what a row holds but headers and body.
func toCallback(row *ent.Callback) domain.KeptCallback {
	c := domain.Callback{Notice: toNotice(row), Verdict: domain.Verdict(row.Verdict)}
	c.Delivery.Answer = domain.Answer{Status: row.AnswerStatus, ContentType: row.AnswerType, Body: row.AnswerBody}
	if row.ReplayOf != 0 {
		c.Delivery.Replay = &domain.Replay{Of: row.ReplayOf, By: row.ReplayedBy, Reason: row.ReplayReason}
	}
	return domain.KeptCallback{ID: row.ID, Callback: c, At: row.CreatedAt.UTC()}
}

// toNotice is what a row says in our words.
func toNotice(row *ent.Callback) domain.Notice {
	n := domain.Notice{
		Provider: row.Provider, OrderNumber: row.OrderNumber, TransactionID: row.TransactionID,
		Amount: domain.Money{Minor: row.Amount, Currency: row.Currency}, State: row.State, Problem: row.Problem,
	}
	if row.PaidAt != nil {
		n.PaidAt = row.PaidAt.UTC()
	}
	if row.RefundState != "" {
		n.Refund = &domain.RefundNotice{
			Number: row.RefundNumber, Ref: row.RefundRef, State: domain.RefundState(row.RefundState),
			Cumulative: row.Cumulative, Chargeback: row.Chargeback, Stuck: row.Stuck, Reason: row.RefundReason,
		}
	}
	return n
}

func decodeHeaders(text string) ([]domain.Header, error) {
	var pairs [][2]string
	if err := json.Unmarshal([]byte(text), &pairs); err != nil {
		return nil, fmt.Errorf("decode headers: %w", err)
	}
	headers := make([]domain.Header, len(pairs))
	for i, p := range pairs {
		headers[i] = domain.Header{Name: p[0], Value: p[1]}
	}
	return headers, nil
}
