package wechatpay

import (
	"encoding/json"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// readTrade turns an answer about the order into a notice. Here another merchant is
// no foreigner, but an answer to another question.
func (a *API) readTrade(orderNumber string, body []byte) domain.Notice {
	var t wechatpay.Transaction
	n := domain.Notice{Provider: Name, OrderNumber: orderNumber, Delivery: domain.Delivery{Body: body}}
	if err := json.Unmarshal(body, &t); err != nil {
		return dialect.Unreadable(n, "answer: must be the JSON object of a transaction")
	}
	read := t.Notice()
	n.State, n.TransactionID = read.State, read.TransactionID
	if t.MchID == "" {
		return dialect.Unreadable(n, wechatpay.MerchantRule)
	}
	if problem := t.Foreign(a.merchant); problem != "" {
		return dialect.Unreadable(n, problem)
	}
	if t.OutTradeNo != orderNumber {
		return dialect.Unreadable(n, "out_trade_no: must be the one that was asked for")
	}
	return t.Complete(n)
}
