package usecase_test

import (
	"context"
	"errors"
	"sync"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

var errLost = errors.New("the answer got lost")

// provider is a payment provider that keeps its word: a refund is paid once for each
// number, and a closed trade is not paid any more.
type provider struct {
	mu      sync.Mutex
	refunds map[string]domain.RefundReport
	paid    map[string]domain.Notice // by order number
	closed  map[string]bool
	// unopened tells that nobody began a trade yet, as where a customer has a code and
	// has not looked at it.
	unopened bool
	money    int64 // sent back
	// answer is what a new refund becomes; lost answers to that many calls after
	// doing what they asked for; away does nothing at all.
	answer domain.RefundReport
	lost   int
	away   error
	absent bool // its API is not configured
	asked  []domain.RefundRequest
}

func newProvider() *provider {
	return &provider{
		refunds: map[string]domain.RefundReport{}, paid: map[string]domain.Notice{}, closed: map[string]bool{},
		answer: domain.RefundReport{State: domain.RefundConfirmed, Ref: "re_1"},
	}
}

func (p *provider) Configured() []string {
	if p.absent {
		return nil
	}
	return []string{"standard"}
}

func (p *provider) Refund(_ context.Context, _ string, r domain.RefundRequest) (domain.RefundReport, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, r)
	if p.away != nil {
		return domain.RefundReport{}, p.away
	}
	report, known := p.refunds[r.Number]
	if !known {
		report = p.answer
		p.refunds[r.Number] = report
		if report.State != domain.RefundFailed {
			p.money += r.Amount.Minor
		}
	}
	if p.lost > 0 {
		p.lost--
		return domain.RefundReport{}, errLost
	}
	return report, nil
}

func (p *provider) QueryPayment(_ context.Context, _, number string) (domain.Notice, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away != nil {
		return domain.Notice{}, p.away
	}
	if n, ok := p.paid[number]; ok {
		return n, nil
	}
	return domain.Notice{OrderNumber: number, Verdict: domain.VerdictNotPaid}, nil
}

func (p *provider) ClosePayment(_ context.Context, _, number string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away != nil {
		return p.away
	}
	if _, ok := p.paid[number]; ok {
		return usecase.ErrTradePaid
	}
	if p.unopened {
		return usecase.ErrTradeUnknown
	}
	p.closed[number] = true
	return nil
}

// shop is who is notified.
type shop struct {
	mu   sync.Mutex
	told []domain.OrderEvent
	err  error
}

func (s *shop) Notify(_ context.Context, _ string, e domain.OrderEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.told = append(s.told, e)
	return nil
}
