package alipay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// maxReason is how many characters refund_reason may have.
const maxReason = 256

// refundRequest is biz_content of alipay.trade.refund, and without amount and reason
// of alipay.trade.fastpay.refund.query.
type refundRequest struct {
	Order       string `json:"out_trade_no"`
	Transaction string `json:"trade_no"`       // the one that counts
	Number      string `json:"out_request_no"` // refunded once, however often it is asked for
	Amount      string `json:"refund_amount,omitempty"`
	Reason      string `json:"refund_reason,omitempty"`
}

// refundAnswer is what alipay.trade.refund answers.
type refundAnswer struct {
	status
	trade
	FundChange string      `json:"fund_change"` // Y: this call moved the money
	Refunded   json.Number `json:"refund_fee"`  // everything refunded of the trade so far
}

// Refund implements refund.API with alipay.trade.refund
// (https://opendocs.alipay.com/open/028sm9).
//
// Only fund_change=Y says that money moved. N, as for a refund that was done before,
// has to be followed by the question what became of it, and so is a refusal: it does
// not say that an earlier try was refused as well.
func (a *API) Refund(ctx context.Context, r domain.RefundRequest) (domain.RefundReport, error) {
	if r.Amount.Currency != alipay.Currency || r.Paid.Currency != alipay.Currency || r.Amount.Minor <= 0 {
		return domain.RefundReport{}, fmt.Errorf("refund of %s: Alipay refunds amounts of CNY above zero", r.Amount)
	}
	ctx, cancel := outbound.Bounded(ctx, a.client)
	defer cancel()
	if r.Again {
		if report, known, err := a.askRefund(ctx, r); known || err != nil {
			return report, err
		}
	}
	var answer refundAnswer
	_, err := a.exchange(ctx, methodRefund, refundRequest{
		Order: r.OrderNumber, Transaction: r.TransactionID, Number: r.Number, Amount: alipay.Yuan(r.Amount.Minor), Reason: shorten(r.Reason),
	}, &answer)
	if err != nil {
		return domain.RefundReport{}, err
	}
	if !answer.succeeded() {
		return a.refused(ctx, r, answer.status)
	}
	return a.accepted(ctx, r, answer)
}

// accepted reads an answer that is no refusal.
func (a *API) accepted(ctx context.Context, r domain.RefundRequest, answer refundAnswer) (domain.RefundReport, error) {
	if difference := answer.differs(r); difference != "" {
		return stuck(difference), nil
	}
	refunded, err := alipay.MinorUnits(answer.Refunded.String())
	if err != nil {
		return domain.RefundReport{}, errors.New(methodRefund + ": refund_fee cannot be read")
	}
	moved := answer.FundChange == "Y"
	switch {
	case moved && refunded == r.Amount.Minor:
		return domain.RefundReport{State: domain.RefundConfirmed}, nil
	case moved && refunded < r.Amount.Minor || refunded > r.Paid.Minor:
		return stuck(fmt.Sprintf("Alipay answers that %s yuan of %s are refunded; this refund is of %s",
			alipay.Yuan(refunded), alipay.Yuan(r.Paid.Minor), alipay.Yuan(r.Amount.Minor))), nil
	}
	// Done before, or one of several refunds of this trade: how much was this one?
	report, known, err := a.askRefund(ctx, r)
	if err != nil || known {
		return report, err
	}
	return domain.RefundReport{State: domain.RefundSent}, nil
}

// refused reads a refusal, which counts when Alipay does not know of an earlier try
// that succeeded.
func (a *API) refused(ctx context.Context, r domain.RefundRequest, s status) (domain.RefundReport, error) {
	outcome, documented := refusals[s.SubCode]
	if !documented {
		return domain.RefundReport{}, fmt.Errorf("%s: answered %s", methodRefund, s)
	}
	report, known, err := a.askRefund(ctx, r)
	if err != nil || known {
		return report, err
	}
	if outcome == needsPerson {
		return stuck(s.String()), nil
	}
	return domain.RefundReport{State: domain.RefundFailed, Reason: s.String()}, nil
}

func stuck(reason string) domain.RefundReport {
	return domain.RefundReport{State: domain.RefundSent, Stuck: true, Reason: reason}
}

func shorten(reason string) string {
	if utf8.RuneCountInString(reason) <= maxReason {
		return reason
	}
	return string([]rune(reason)[:maxReason])
}
