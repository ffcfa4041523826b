package productclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/internal/platform/pause"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

const (
	// pageTimeout bounds the reading of a page: a ledger of millions of rows is added up.
	pageTimeout = time.Minute
	// pageTries is how often a page is asked for.
	pageTries = 5
)

// Deductions implements usecase.StockBooks.
func (c *Client) Deductions(ctx context.Context, f usecase.StockFilter, limit int) ([]domain.StockRecord, error) {
	request := &productv1.ListDeductionsRequest{
		AfterOrderNumber: f.After, OrderNumbers: f.Orders, Limit: int32(limit), //nolint:gosec // a page is small
	}
	if !f.Since.IsZero() {
		request.UpdatedSince = timestamppb.New(f.Since)
	}
	if f.UnchangedFor > 0 {
		request.UnchangedFor = durationpb.New(f.UnchangedFor)
	}
	open := func(ctx context.Context) (grpc.ServerStreamingClient[productv1.ListDeductionsResponse], error) {
		return c.stock.ListDeductions(ctx, request)
	}
	return page(ctx, limit, open, func(m *productv1.ListDeductionsResponse) (domain.StockRecord, error) {
		return toStockRecord(m.GetDeduction())
	})
}

// Levels implements usecase.StockBooks.
func (c *Client) Levels(ctx context.Context, after string, skus []string, limit int) ([]domain.StockLevel, error) {
	request := &productv1.ListStockRequest{AfterSku: after, Skus: skus, Limit: int32(limit)} //nolint:gosec // a page is small
	open := func(ctx context.Context) (grpc.ServerStreamingClient[productv1.ListStockResponse], error) {
		return c.stock.ListStock(ctx, request)
	}
	return page(ctx, limit, open, func(m *productv1.ListStockResponse) (domain.StockLevel, error) {
		l := m.GetLevel()
		return domain.StockLevel{SKU: l.GetSku(), Stock: l.GetStock(), Moved: l.GetMoved()}, nil
	})
}

// page reads a stream to its end, and anew when it breaks: a pass over millions of rows
// must not end because product was restarted.
func page[M, T any](
	ctx context.Context, limit int, open func(context.Context) (grpc.ServerStreamingClient[M], error), read func(*M) (T, error),
) ([]T, error) {
	for try := 1; ; try++ {
		messages, err := stream(ctx, limit, open)
		if err != nil && try < pageTries && !errors.Is(err, usecase.ErrRejected) && ctx.Err() == nil {
			pause.For(ctx, domain.Backoff(try))
			continue
		}
		if err != nil {
			return nil, err
		}
		items := make([]T, len(messages))
		for i, m := range messages {
			if items[i], err = read(m); err != nil {
				return nil, err
			}
		}
		return items, nil
	}
}

func stream[M any](
	ctx context.Context, limit int, open func(context.Context) (grpc.ServerStreamingClient[M], error),
) ([]*M, error) {
	ctx, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	s, err := open(ctx)
	if err != nil {
		return nil, undecided(err)
	}
	messages := make([]*M, 0, limit)
	for {
		message, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return messages, nil
		}
		if err != nil {
			return nil, undecided(err)
		}
		messages = append(messages, message)
	}
}

func toStockRecord(d *productv1.Deduction) (domain.StockRecord, error) {
	record := domain.StockRecord{
		OrderNumber: d.GetOrderNumber(), Taken: toItems(d.GetTaken()), Returned: toItems(d.GetReturned()),
		Unchanged: d.GetUnchanged().AsDuration(),
	}
	switch d.GetState() {
	case productv1.DeductionState_DEDUCTION_STATE_UNSPECIFIED:
		record.State = domain.StockUnknown
	case productv1.DeductionState_DEDUCTION_STATE_DEDUCTED:
		record.State = domain.StockDeducted
	case productv1.DeductionState_DEDUCTION_STATE_REFUSED:
		record.State = domain.StockRefused
	case productv1.DeductionState_DEDUCTION_STATE_RELEASED:
		record.State = domain.StockReleased
	default:
		return domain.StockRecord{}, fmt.Errorf("product has order %s in state %d, unknown here", d.GetOrderNumber(), d.GetState())
	}
	return record, nil
}

func toItems(lines []*productv1.StockLine) []domain.Item {
	items := make([]domain.Item, len(lines))
	for i, l := range lines {
		items[i] = domain.Item{SKU: l.GetSku(), Quantity: l.GetQuantity()}
	}
	return items
}
