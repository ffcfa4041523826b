package standard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// refundRequest is what is sent to <url>/refunds. It is the same each time: that
// makes the provider's answer the one to the first.
type refundRequest struct {
	RefundNumber  string `json:"refundNumber"`
	TransactionID string `json:"transactionId"`
	OrderNumber   string `json:"orderNumber"`
	Amount        int64  `json:"amount"`
	Currency      string `json:"currency"`
	Paid          int64  `json:"paid"`
	Reason        string `json:"reason"`
}

type refundAnswer struct {
	RefundNumber string          `json:"refundNumber"`
	State        string          `json:"state"`
	Amount       json.RawMessage `json:"amount"`
	Currency     string          `json:"currency"`
	Reason       string          `json:"reason"`
	RefundID     string          `json:"refundId"`
}

// Refund implements refund.API. Again makes no difference: the provider answers the
// same request with what became of it.
func (a *API) Refund(ctx context.Context, r domain.RefundRequest) (domain.RefundReport, error) {
	body, err := a.exchange(ctx, "/refunds", "refund_"+r.Number, refundRequest{
		RefundNumber: r.Number, TransactionID: r.TransactionID, OrderNumber: r.OrderNumber,
		Amount: r.Amount.Minor, Currency: r.Amount.Currency, Paid: r.Paid.Minor, Reason: r.Reason,
	})
	if err != nil {
		return domain.RefundReport{}, err
	}
	var answer refundAnswer
	if err := decode(body, &answer); err != nil {
		return domain.RefundReport{}, err
	}
	return answer.report(r)
}

var refundStates = map[string]domain.RefundState{
	"pending":   domain.RefundSent,
	"confirmed": domain.RefundConfirmed,
	"failed":    domain.RefundFailed,
}

// report is what the answer says about the refund that was asked for.
func (a refundAnswer) report(r domain.RefundRequest) (domain.RefundReport, error) {
	state, ok := refundStates[a.State]
	if !ok {
		return domain.RefundReport{}, fmt.Errorf("the answer's state %.40q is none of a refund", a.State)
	}
	minor, err := dialect.MinorUnits(a.Amount)
	if err != nil {
		return domain.RefundReport{}, fmt.Errorf("the answer's amount %w", err)
	}
	if a.RefundID != "" && !domain.ValidIdentifier(a.RefundID) {
		return domain.RefundReport{}, errors.New("the answer's refundId must be at most 255 visible ASCII characters")
	}
	report := domain.RefundReport{State: state, Ref: a.RefundID, Reason: fmt.Sprintf("%.200s", a.Reason)}
	switch {
	case a.RefundNumber != r.Number:
		report = stuck(report, fmt.Sprintf("asked for refund %s, the provider names %.64q", r.Number, a.RefundNumber))
	case minor != r.Amount.Minor || a.Currency != r.Amount.Currency:
		report = stuck(report, fmt.Sprintf("asked for %s, the provider names %d %.8q", r.Amount, minor, a.Currency))
	}
	return report, nil
}

func stuck(report domain.RefundReport, reason string) domain.RefundReport {
	report.State, report.Stuck, report.Reason = domain.RefundSent, true, reason
	return report
}
