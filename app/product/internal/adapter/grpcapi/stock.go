package grpcapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	"google.golang.org/grpc"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// StockUsecases are what StockService does.
type StockUsecases struct {
	Deduct         *usecase.Deduct
	BatchDeduct    *usecase.BatchDeduct
	Release        *usecase.Release
	ListDeductions *usecase.ListDeductions
	ListStock      *usecase.ListStock
}

// StockService is stockonce.product.v1.StockService, over gRPC alone.
//
// An outcome is a response. An error means undecided, or that the request can never
// be decided (INVALID_ARGUMENT).
type StockService struct {
	productv1.UnimplementedStockServiceServer
	do     StockUsecases
	logger *slog.Logger
}

var _ productv1.StockServiceServer = (*StockService)(nil)

// NewStockService returns the service.
func NewStockService(do StockUsecases, logger *slog.Logger) *StockService {
	return &StockService{do: do, logger: logger}
}

// DeductStock implements the contract.
func (s *StockService) DeductStock(ctx context.Context, req *productv1.DeductStockRequest) (*productv1.DeductStockResponse, error) {
	answer, err := s.do.Deduct.Do(ctx, req.GetOrderNumber(), toLines(req.GetLines()))
	if err != nil {
		return nil, err
	}
	return fromAnswer(answer), nil
}

// BatchDeductStock implements the contract.
func (s *StockService) BatchDeductStock(ctx context.Context, req *productv1.BatchDeductStockRequest) (*productv1.BatchDeductStockResponse, error) {
	answers := make([]*productv1.BatchDeductStockAnswer, len(req.GetDeductions()))
	var (
		orders []usecase.Order
		places []int // where in answers each order's goes
	)
	for i, d := range req.GetDeductions() {
		answers[i] = &productv1.BatchDeductStockAnswer{OrderNumber: d.GetOrderNumber()}
		if err := edge.Validate(d); err != nil {
			answers[i].Result = s.failure(ctx, d.GetOrderNumber(), err)
			continue
		}
		orders = append(orders, usecase.Order{Number: d.GetOrderNumber(), Lines: toLines(d.GetLines())})
		places = append(places, i)
	}
	for i, decided := range s.do.BatchDeduct.Do(ctx, orders) {
		answer := answers[places[i]]
		if decided.Err != nil {
			answer.Result = s.failure(ctx, answer.GetOrderNumber(), decided.Err)
			continue
		}
		answer.Result = &productv1.BatchDeductStockAnswer_Answer{Answer: fromAnswer(decided.Answer)}
	}
	return &productv1.BatchDeductStockResponse{Answers: answers}, nil
}

// failure tells what DeductStock would have answered as an error. What it hides
// from the caller it logs, as the edge does for whole requests.
func (s *StockService) failure(ctx context.Context, orderNumber string, err error) *productv1.BatchDeductStockAnswer_Failure {
	known := kerrors.FromError(err)
	if known.Reason != productv1.ErrorReason_INVALID_ARGUMENT.String() {
		known = MapError(err)
	}
	if known == nil {
		known = productv1.ErrorInternal("internal error")
	}
	if known.Code >= http.StatusInternalServerError {
		s.logger.ErrorContext(ctx, "deduction of a batch failed", "order", orderNumber, "reason", known.Reason, "error", err)
	}
	return &productv1.BatchDeductStockAnswer_Failure{Failure: &productv1.BatchDeductStockFailure{
		Code: known.Code, Reason: known.Reason, Message: known.Message,
	}}
}

// ReleaseStock implements the contract.
func (s *StockService) ReleaseStock(ctx context.Context, req *productv1.ReleaseStockRequest) (*productv1.ReleaseStockResponse, error) {
	outcome, err := s.do.Release.Do(ctx, req.GetOrderNumber())
	if err != nil {
		return nil, err
	}
	return &productv1.ReleaseStockResponse{Outcome: releaseOutcomes[outcome]}, nil
}

// ListDeductions implements the contract.
func (s *StockService) ListDeductions(req *productv1.ListDeductionsRequest, stream grpc.ServerStreamingServer[productv1.ListDeductionsResponse]) error {
	filter := usecase.DeductionFilter{
		After: req.GetAfterOrderNumber(), UnchangedFor: req.GetUnchangedFor().AsDuration(), Orders: req.GetOrderNumbers(),
	}
	if at := req.GetUpdatedSince(); at != nil {
		if err := at.CheckValid(); err != nil {
			return fmt.Errorf("updatedSince: %w: %w", domain.ErrInvalid, err)
		}
		filter.Since = at.AsTime()
	}
	for record, err := range s.do.ListDeductions.Do(stream.Context(), filter, int(req.GetLimit())) {
		if err != nil {
			return err
		}
		if err := stream.Send(&productv1.ListDeductionsResponse{Deduction: fromRecord(record)}); err != nil {
			return fmt.Errorf("send deduction: %w", err)
		}
	}
	return nil
}

// ListStock implements the contract.
func (s *StockService) ListStock(req *productv1.ListStockRequest, stream grpc.ServerStreamingServer[productv1.ListStockResponse]) error {
	for level, err := range s.do.ListStock.Do(stream.Context(), req.GetAfterSku(), req.GetSkus(), int(req.GetLimit())) {
		if err != nil {
			return err
		}
		if err := stream.Send(&productv1.ListStockResponse{Level: &productv1.StockLevel{
			Sku: level.SKU, Stock: level.Stock, Moved: level.Moved,
		}}); err != nil {
			return fmt.Errorf("send stock: %w", err)
		}
	}
	return nil
}
