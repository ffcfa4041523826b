// Package productclient reaches the product service over gRPC.
package productclient

import (
	"context"
	"errors"
	"fmt"
	"time"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	"google.golang.org/grpc"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Limits bounds what calls to product may cost.
type Limits struct {
	CallTimeout time.Duration // of Deduct, Release and Prices
	TryTimeout  time.Duration // of Try
	Tries       int           // in flight at once
}

// Client implements usecase.StockDeductor, usecase.StockReleaser, usecase.StockBooks and
// usecase.Catalog. It is safe for concurrent use.
type Client struct {
	stock    productv1.StockServiceClient
	products productv1.ProductServiceClient
	limits   Limits
	slots    chan struct{}
	breaker  breaker
}

// New makes a client of an open connection; closing it stays the caller's.
func New(conn grpc.ClientConnInterface, limits Limits) *Client {
	return &Client{
		stock:    productv1.NewStockServiceClient(conn),
		products: productv1.NewProductServiceClient(conn),
		limits:   limits,
		slots:    make(chan struct{}, limits.Tries),
	}
}

// Deduct implements usecase.StockDeductor.
func (c *Client) Deduct(ctx context.Context, number string, items []domain.Item) (domain.Outcome, error) {
	return c.deduct(ctx, c.limits.CallTimeout, number, items)
}

// Try implements usecase.StockDeductor. Bulkhead and breaker are the immediate
// tries' alone: the relay has its own pace, and must get through to a product that
// is too slow for a callback to wait for.
func (c *Client) Try(ctx context.Context, number string, items []domain.Item) (domain.Outcome, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	default:
		return "", usecase.ErrNotTried
	}
	if !c.breaker.allow(time.Now()) {
		return "", usecase.ErrNotTried
	}
	answer, err := c.deduct(ctx, c.limits.TryTimeout, number, items)
	// A rejection is an answer: product is well.
	c.breaker.done(time.Now(), err == nil || errors.Is(err, usecase.ErrRejected))
	return answer, err
}

func (c *Client) deduct(
	ctx context.Context, timeout time.Duration, number string, items []domain.Item,
) (domain.Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request := &productv1.DeductStockRequest{OrderNumber: number, Lines: make([]*productv1.StockLine, len(items))}
	for i, item := range items {
		request.Lines[i] = &productv1.StockLine{Sku: item.SKU, Quantity: item.Quantity}
	}
	reply, err := c.stock.DeductStock(ctx, request)
	if err != nil {
		return "", undecided(err)
	}
	switch reply.GetOutcome() {
	case productv1.DeductOutcome_DEDUCT_OUTCOME_DEDUCTED:
		return domain.Deducted, nil
	case productv1.DeductOutcome_DEDUCT_OUTCOME_REFUSED:
		return domain.Refused, nil
	case productv1.DeductOutcome_DEDUCT_OUTCOME_CONFLICT:
		return domain.Conflict, nil
	case productv1.DeductOutcome_DEDUCT_OUTCOME_UNSPECIFIED:
	}
	// Of a newer product. The stored answer stays; a newer order will know it.
	return "", fmt.Errorf("product answered outcome %d, unknown here", reply.GetOutcome())
}

// Release implements usecase.StockReleaser. Whether there was something to give back
// makes no difference to the caller: after either answer there is nothing taken.
func (c *Client) Release(ctx context.Context, number string) error {
	ctx, cancel := context.WithTimeout(ctx, c.limits.CallTimeout)
	defer cancel()
	reply, err := c.stock.ReleaseStock(ctx, &productv1.ReleaseStockRequest{OrderNumber: number})
	if err != nil {
		return undecided(err)
	}
	switch reply.GetOutcome() {
	case productv1.ReleaseOutcome_RELEASE_OUTCOME_RELEASED, productv1.ReleaseOutcome_RELEASE_OUTCOME_REFUSED:
		return nil
	case productv1.ReleaseOutcome_RELEASE_OUTCOME_UNSPECIFIED:
	}
	return fmt.Errorf("product answered outcome %d, unknown here", reply.GetOutcome())
}

// Prices implements usecase.Catalog.
func (c *Client) Prices(ctx context.Context, skus []string) (map[string]domain.Money, error) {
	ctx, cancel := context.WithTimeout(ctx, c.limits.CallTimeout)
	defer cancel()
	reply, err := c.products.GetSkus(ctx, &productv1.GetSkusRequest{Codes: skus})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", usecase.ErrCatalogUnavailable, undecided(err))
	}
	prices := make(map[string]domain.Money, len(reply.GetSkus()))
	for _, sku := range reply.GetSkus() {
		prices[sku.GetCode()] = domain.Money{Minor: sku.GetPrice(), Currency: sku.GetCurrency()}
	}
	return prices, nil
}

// undecided tells the one error that is an answer from all the others: product
// finds the request itself wrong, and always will. Nothing else that arrives as an
// error says whether stock was taken.
func undecided(err error) error {
	e := kerrors.FromError(err)
	if e.Reason == productv1.ErrorReason_INVALID_ARGUMENT.String() {
		return fmt.Errorf("%w: %s", usecase.ErrRejected, e.Message)
	}
	return fmt.Errorf("product: %s: %s", e.Reason, e.Message)
}
