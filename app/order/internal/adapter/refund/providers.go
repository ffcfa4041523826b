package refund

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Providers implements usecase.PaymentProviders with the configured APIs.
type Providers struct{ apis *APIs }

// NewProviders makes the port's adapter.
func NewProviders(apis *APIs) *Providers { return &Providers{apis: apis} }

// Configured implements usecase.PaymentProviders.
func (p *Providers) Configured() []string { return slices.Sorted(maps.Keys(p.apis.All())) }

// Refund implements usecase.PaymentProviders.
func (p *Providers) Refund(ctx context.Context, provider string, r domain.RefundRequest) (domain.RefundReport, error) {
	api, ok := p.apis.Get(provider)
	if !ok {
		return domain.RefundReport{}, usecase.ErrNoProviderAPI
	}
	return api.Refund(ctx, r) //nolint:wrapcheck // the usecase says what it was about
}

// QueryPayment implements usecase.PaymentProviders.
func (p *Providers) QueryPayment(ctx context.Context, provider, orderNumber string) (domain.Notice, error) {
	api, ok := p.apis.Get(provider)
	if !ok {
		return domain.Notice{}, usecase.ErrNoProviderAPI
	}
	return api.Query(ctx, orderNumber) //nolint:wrapcheck // the usecase says what it was about
}

// ClosePayment implements usecase.PaymentProviders.
func (p *Providers) ClosePayment(ctx context.Context, provider, orderNumber string) error {
	api, ok := p.apis.Get(provider)
	if !ok {
		return usecase.ErrNoProviderAPI
	}
	err := api.Close(ctx, orderNumber)
	switch {
	case errors.Is(err, ErrPaid):
		return usecase.ErrTradePaid
	case errors.Is(err, ErrUnknown):
		return usecase.ErrTradeUnknown
	}
	return err //nolint:wrapcheck // the usecase says what it was about
}
