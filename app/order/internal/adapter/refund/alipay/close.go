package alipay

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
)

// closeAnswer is what alipay.trade.close answers.
type closeAnswer struct {
	status
	trade
}

// Close implements refund.API with alipay.trade.close
// (https://opendocs.alipay.com/open/028wob). Alipay closes only trades that wait for
// their payment; why it refuses another, its state tells.
//
// A trade begins when the customer opens it, not when the shop shows its code: Alipay
// may not know it yet and let it begin later.
func (a *API) Close(ctx context.Context, orderNumber string) error {
	ctx, cancel := outbound.Bounded(ctx, a.client)
	defer cancel()
	var answer closeAnswer
	if _, err := a.exchange(ctx, methodClose, orderRequest{Order: orderNumber}, &answer); err != nil {
		return err
	}
	switch {
	case answer.tradeUnknown():
		return refund.ErrUnknown
	case answer.succeeded() && answer.Order == orderNumber:
		return nil
	case answer.succeeded():
		return fmt.Errorf("%s: answered about another order", methodClose)
	}
	n, err := a.Query(ctx, orderNumber)
	if err != nil {
		return err
	}
	switch n.State {
	case alipay.Success, alipay.Finished:
		return refund.ErrPaid
	case alipay.Closed:
		return nil
	}
	return fmt.Errorf("%s: answered %s", methodClose, answer.status)
}
