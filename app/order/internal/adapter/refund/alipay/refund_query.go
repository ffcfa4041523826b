package alipay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// refundQueryAnswer is what alipay.trade.fastpay.refund.query answers. For a refund
// that it does not know it succeeds without a refund_status.
type refundQueryAnswer struct {
	status
	trade
	Number string      `json:"out_request_no"`
	Amount json.Number `json:"refund_amount"` // of this refund
	State  string      `json:"refund_status"`
}

// askRefund asks what became of a refund
// (https://opendocs.alipay.com/open/028sma), and tells whether Alipay knows it. One
// that it does not know was not received or failed; Alipay wants it asked for again,
// under the same number.
func (a *API) askRefund(ctx context.Context, r domain.RefundRequest) (report domain.RefundReport, known bool, err error) {
	var answer refundQueryAnswer
	_, err = a.exchange(ctx, methodRefundQuery, refundRequest{
		Order: r.OrderNumber, Transaction: r.TransactionID, Number: r.Number,
	}, &answer)
	switch {
	case err != nil:
		return report, false, err
	case answer.tradeUnknown():
		return report, false, nil
	case !answer.succeeded():
		return report, false, fmt.Errorf("%s: answered %s", methodRefundQuery, answer.status)
	}
	switch answer.State {
	case "", "REFUND_FAIL":
		return report, false, nil
	case "REFUND_SUCCESS":
		report, err = answer.report(r)
		return report, err == nil, err
	default: // at it, as REFUND_PROCESSING
		return domain.RefundReport{State: domain.RefundSent}, true, nil
	}
}

func (q refundQueryAnswer) report(r domain.RefundRequest) (domain.RefundReport, error) {
	if difference := q.differs(r); difference != "" {
		return stuck(difference), nil
	}
	amount, err := alipay.MinorUnits(q.Amount.String())
	switch {
	case err != nil:
		return domain.RefundReport{}, errors.New(methodRefundQuery + ": refund_amount cannot be read")
	case q.Number != r.Number:
		return stuck("Alipay answers about another refund: out_request_no differs"), nil
	case amount != r.Amount.Minor:
		return stuck(fmt.Sprintf("Alipay answers that %s yuan were refunded, not %s", alipay.Yuan(amount), alipay.Yuan(r.Amount.Minor))), nil
	}
	return domain.RefundReport{State: domain.RefundConfirmed}, nil
}
