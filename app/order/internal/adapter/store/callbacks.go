package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/callback"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// insertCallback keeps a notice as evidence. A body that is kept already is not
// kept again: providers repeat themselves for hours.
func insertCallback(ctx context.Context, tx *ent.Tx, now time.Time, c domain.Callback) error {
	headers, err := encodeHeaders(c.Delivery.Headers)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(c.Delivery.Body)
	hash := hex.EncodeToString(sum[:])
	row := tx.Callback.Create().
		SetProvider(c.Provider).SetOrderNumber(c.OrderNumber).SetTransactionID(c.TransactionID).
		SetAmount(c.Amount.Minor).SetCurrency(c.Amount.Currency).
		SetState(clip(c.State, 64)).SetNillablePaidAt(nilIfZero(c.PaidAt)).
		SetVerdict(string(c.Verdict)).SetProblem(clip(c.Problem, 255)).
		SetHeaders(headers).SetBodyHash(hash).
		SetAnswerStatus(c.Delivery.Answer.Status).SetAnswerType(c.Delivery.Answer.ContentType).
		SetAnswerBody(clip(c.Delivery.Answer.Body, 255)).SetCreatedAt(now)
	if r := c.Refund; r != nil {
		row.SetRefundState(string(r.State)).SetRefundNumber(clip(r.Number, 64)).SetRefundRef(clip(r.Ref, 255)).
			SetCumulative(r.Cumulative).SetChargeback(r.Chargeback).SetStuck(r.Stuck).SetRefundReason(clip(r.Reason, 255))
	}
	if r := c.Delivery.Replay; r != nil {
		row.SetReplayOf(r.Of).SetReplayedBy(clip(r.By, 64)).SetReplayReason(clip(r.Reason, 255))
	}
	kept, err := tx.Callback.Query().Where(callback.BodyHashEQ(hash)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for callback: %w", err)
	}
	if !kept {
		row.SetBody(c.Delivery.Body)
	}
	if err := row.Exec(ctx); err != nil {
		return fmt.Errorf("insert callback: %w", err)
	}
	return nil
}

// encodeHeaders writes headers as a JSON list of [name, value], in their order.
func encodeHeaders(headers []domain.Header) (string, error) {
	pairs := make([][2]string, len(headers))
	for i, h := range headers {
		pairs[i] = [2]string{h.Name, h.Value}
	}
	text, err := json.Marshal(pairs)
	if err != nil {
		return "", fmt.Errorf("encode headers: %w", err)
	}
	return string(text), nil
}
