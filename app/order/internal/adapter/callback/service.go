package callback

import (
	"context"
	"net/http"
	"time"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// answerWithin is the time a provider has to wait at most. The shortest patience
// documented is 5 s.
const answerWithin = 2 * time.Second

// Confirmer records a notice; usecase.ConfirmPayment does.
type Confirmer interface {
	Do(ctx context.Context, n domain.Notice) error
}

// Signals tells operators about requests that never became a notice.
// Implementations neither block nor fail.
type Signals interface {
	// Unverified reports a request whose signature was refused, without its body.
	Unverified(ctx context.Context, provider string, err error)
	// Unrecorded reports a notice that could not be stored: the provider sends it again.
	Unrecorded(ctx context.Context, n domain.Notice, err error)
}

// Service implements the callback's generated HTTP server.
type Service struct {
	providers *Providers
	confirm   Confirmer
	signals   Signals
	now       func() time.Time
}

// NewService makes the service.
func NewService(providers *Providers, confirm Confirmer, signals Signals) *Service {
	return &Service{providers: providers, confirm: confirm, signals: signals, now: time.Now}
}

// ReceiveCallback implements orderv1.PaymentCallbackServiceHTTPServer. It answers
// "ok" only after the commit that records the notice.
func (s *Service) ReceiveCallback(
	ctx context.Context, in *orderv1.ReceiveCallbackRequest,
) (*orderv1.ReceiveCallbackResponse, error) {
	provider, ok := s.providers.Get(in.GetProvider())
	if !ok {
		return answer(domain.Answer{Status: http.StatusNotFound, ContentType: "text/plain", Body: "no such provider"}), nil
	}
	headers, header := readHeaders(in.GetHeaders())
	notice, err := provider.Read(Request{Header: header, Body: in.GetBody()}, s.now())
	if err != nil {
		s.signals.Unverified(ctx, in.GetProvider(), err)
		return answer(provider.Refuse(http.StatusUnauthorized)), nil
	}
	notice.Provider = in.GetProvider()
	notice.Delivery.Headers = headers
	notice.Delivery.Body = in.GetBody()

	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if err := s.confirm.Do(ctx, notice); err != nil {
		s.signals.Unrecorded(ctx, notice, err)
		return answer(provider.Refuse(http.StatusServiceUnavailable)), nil
	}
	return answer(notice.Delivery.Answer), nil
}

func readHeaders(in []*orderv1.CallbackHeader) ([]domain.Header, http.Header) {
	headers := make([]domain.Header, len(in))
	header := make(http.Header, len(in))
	for i, h := range in {
		headers[i] = domain.Header{Name: h.GetName(), Value: h.GetValue()}
		header.Add(h.GetName(), h.GetValue())
	}
	return headers, header
}

func answer(a domain.Answer) *orderv1.ReceiveCallbackResponse {
	return &orderv1.ReceiveCallbackResponse{
		Status:      int32(a.Status), //nolint:gosec // an HTTP status
		ContentType: a.ContentType,
		Body:        []byte(a.Body),
	}
}
