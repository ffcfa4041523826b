package wechatpay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const tradesPath = "/v3/pay/transactions/out-trade-no/"

// unknownTrade are the codes for an order that WeChat Pay does not know. The
// documents use both names.
var unknownTrade = []string{"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"}

// Query implements refund.API.
//
// A trade in the state REFUND was paid, and is reported so.
func (a *API) Query(ctx context.Context, orderNumber string) (domain.Notice, error) {
	path := tradesPath + url.PathEscape(orderNumber) + "?mchid=" + url.QueryEscape(a.config.GetMchid())
	body, err := a.exchange(ctx, http.MethodGet, path, nil)
	d, refused := errors.AsType[*denied](err)
	switch {
	case refused && slices.Contains(unknownTrade, d.code):
		return domain.Notice{
			Provider: Name, OrderNumber: orderNumber, State: d.code,
			Verdict: domain.VerdictNotPaid, Delivery: domain.Delivery{Body: d.body},
		}, nil
	case err != nil:
		return domain.Notice{}, fmt.Errorf("query order %s: %w", orderNumber, err)
	}
	return a.readTrade(orderNumber, body), nil
}

// Close implements refund.API (https://pay.weixin.qq.com/doc/v3/merchant/4012556398).
// The documents disagree about the code for a trade that is paid already; so whatever
// is refused is looked at.
func (a *API) Close(ctx context.Context, orderNumber string) error {
	ctx, cancel := outbound.Bounded(ctx, a.client)
	defer cancel()
	path := tradesPath + url.PathEscape(orderNumber) + "/close"
	_, err := a.exchange(ctx, http.MethodPost, path, map[string]string{"mchid": a.config.GetMchid()})
	if err == nil {
		return nil
	}
	err = fmt.Errorf("close order %s: %w", orderNumber, err)
	if _, refused := errors.AsType[*denied](err); !refused {
		return err
	}
	n, queryErr := a.Query(ctx, orderNumber)
	switch {
	case queryErr != nil:
		return errors.Join(err, queryErr)
	case n.Verdict == "":
		return fmt.Errorf("close order %s: %w", orderNumber, refund.ErrPaid)
	case n.Verdict == domain.VerdictNotPaid && slices.Contains(closed, n.State):
		return nil
	case n.Verdict == domain.VerdictNotPaid && slices.Contains(unknownTrade, n.State):
		return refund.ErrUnknown
	}
	return err
}

// closed are the states of a trade that cannot be paid any more.
var closed = []string{"CLOSED", "REVOKED"}
