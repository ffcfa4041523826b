// Package wechatpay is what the notices of WeChat Pay, API v3, and the answers of its
// API have in common: what a transaction and a refund say, and how both are signed.
package wechatpay

import (
	"encoding/json"
	"slices"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Merchant is whose transactions are taken.
type Merchant struct {
	MchID  string
	AppIDs []string
}

// The problems of a transaction that does not name the merchant, or not one of its apps.
const (
	MerchantRule = "mchid: must name this merchant"
	appRule      = "appid: must be one of this merchant's"
)

// Transaction is what WeChat Pay says about an order's payment, in the decrypted
// resource of a notice and in the answer to a question
// (https://pay.weixin.qq.com/doc/v3/merchant/4013070356). One that is not paid has
// only some of the fields.
type Transaction struct {
	MchID         string `json:"mchid"`
	AppID         string `json:"appid"`
	OutTradeNo    string `json:"out_trade_no"`   // the order's number
	TransactionID string `json:"transaction_id"` // WeChat Pay's
	TradeState    string `json:"trade_state"`
	SuccessTime   string `json:"success_time"` // RFC 3339
	Amount        struct {
		// What the order costs, in fen. payer_total beside it is less when the payer had
		// coupons, which are settled with the merchant: it is not the price that was paid.
		Total    json.RawMessage `json:"total"`
		Currency string          `json:"currency"`
	} `json:"amount"`
}

// Notice has what every transaction says, paid or not. Complete adds the rest.
func (t Transaction) Notice() domain.Notice {
	return domain.Notice{
		State: t.TradeState, OrderNumber: dialect.Identifier(t.OutTradeNo), TransactionID: dialect.Identifier(t.TransactionID),
	}
}

// Foreign says how the transaction is another merchant's. It is empty when it may be
// this one's: what is not paid need not say whose it is.
func (t Transaction) Foreign(m Merchant) string {
	switch {
	case t.MchID != "" && t.MchID != m.MchID:
		return MerchantRule
	case t.AppID != "" && !slices.Contains(m.AppIDs, t.AppID):
		return appRule
	}
	return ""
}

// Complete maps the state of the merchant's transaction and, if it is paid, reads the
// payment. Whatever it finds, it makes a notice of n.
func (t Transaction) Complete(n domain.Notice) domain.Notice {
	switch t.TradeState {
	case "SUCCESS", "REFUND":
		// REFUND: the money arrived, and some or all of it went back since, which the
		// refund itself tells. The order must know of the payment before it can know of that.
		return t.paid(n)
	case "NOTPAY", "CLOSED", "REVOKED", "USERPAYING", "PAYERROR", "ACCEPT":
		return dialect.NotPaid(n, "")
	}
	return dialect.Unreadable(n, "trade_state: must be one that is documented")
}

func (t Transaction) paid(n domain.Notice) domain.Notice {
	switch {
	case t.MchID == "":
		return dialect.Unreadable(n, MerchantRule)
	case t.AppID == "":
		return dialect.Unreadable(n, appRule)
	case n.OrderNumber == "":
		return dialect.Unreadable(n, "out_trade_no"+dialect.IdentifierRule)
	case n.TransactionID == "":
		return dialect.Unreadable(n, "transaction_id"+dialect.IdentifierRule)
	}
	if err := dialect.CheckCurrency(t.Amount.Currency); err != nil {
		return dialect.Unreadable(n, "amount.currency: "+err.Error())
	}
	total, err := dialect.MinorUnits(t.Amount.Total)
	if err != nil {
		return dialect.Unreadable(n, "amount.total: "+err.Error())
	}
	if n.PaidAt, err = dialect.Moment(t.SuccessTime); err != nil {
		return dialect.Unreadable(n, "success_time: "+err.Error())
	}
	n.Amount = domain.Money{Minor: total, Currency: t.Amount.Currency}
	return n
}
