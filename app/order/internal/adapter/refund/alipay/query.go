package alipay

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// orderRequest is biz_content of alipay.trade.query and alipay.trade.close.
type orderRequest struct {
	Order string `json:"out_trade_no"`
}

// queryAnswer is what alipay.trade.query answers. It names neither app nor seller:
// Alipay looks among the trades of the app that asks.
type queryAnswer struct {
	status
	trade
	State    string      `json:"trade_status"`
	Amount   json.Number `json:"total_amount"`
	Currency string      `json:"trans_currency"` // of total_amount; missing means CNY
	PaidAt   string      `json:"send_pay_date"`
}

// Query implements refund.API with alipay.trade.query
// (https://opendocs.alipay.com/open/028woa).
//
// A closed trade is not paid: if it ever was, all of it went back, and nobody can pay
// it any more. What it says about that is not enough for a notice of a refund: closed
// trades show a send_pay_date that were never paid.
func (a *API) Query(ctx context.Context, orderNumber string) (domain.Notice, error) {
	ctx, cancel := outbound.Bounded(ctx, a.client)
	defer cancel()
	var answer queryAnswer
	body, err := a.exchange(ctx, methodQuery, orderRequest{Order: orderNumber}, &answer)
	if err != nil {
		return domain.Notice{}, err
	}
	n := domain.Notice{Provider: Name, OrderNumber: orderNumber, Delivery: domain.Delivery{Body: body}}
	switch {
	case answer.tradeUnknown():
		n.State = answer.SubCode
		return dialect.NotPaid(n, ""), nil
	case !answer.succeeded():
		return domain.Notice{}, fmt.Errorf("%s: answered %s", methodQuery, answer.status)
	}
	return answer.notice(n), nil
}

// notice reads the state of a trade that exists. Whatever it finds, it makes a notice.
func (q queryAnswer) notice(n domain.Notice) domain.Notice {
	if q.Order != n.OrderNumber {
		return dialect.Unreadable(n, "out_trade_no: must be the order that was asked about")
	}
	n.State = q.State
	switch q.State {
	case alipay.Success, alipay.Finished:
		n.TransactionID = dialect.Identifier(q.Transaction)
		return alipay.Paid{
			Amount: q.Amount.String(), Currency: q.Currency, PaidAt: q.PaidAt, PaidAtField: "send_pay_date",
		}.Complete(n)
	case alipay.Waiting, alipay.Closed:
		return dialect.NotPaid(n, "")
	}
	// An order expires on "not paid", so nothing is guessed.
	return dialect.Unreadable(n, "trade_status: must be one that is documented")
}
