package wechatpay

import (
	"github.com/stockonce/stockonce/app/paysim/book"
)

// transaction is a payment as notices and queries tell it.
type transaction struct {
	AppID          string             `json:"appid"`
	MchID          string             `json:"mchid"`
	OutTradeNo     string             `json:"out_trade_no"`
	TransactionID  string             `json:"transaction_id,omitempty"`
	TradeType      string             `json:"trade_type,omitempty"`
	TradeState     string             `json:"trade_state"`
	TradeStateDesc string             `json:"trade_state_desc"`
	BankType       string             `json:"bank_type,omitempty"`
	Attach         string             `json:"attach"`
	SuccessTime    string             `json:"success_time,omitempty"`
	Payer          *payer             `json:"payer,omitempty"`
	Amount         *transactionAmount `json:"amount,omitempty"`
}

type payer struct {
	OpenID string `json:"openid"`
}

// transactionAmount tells what the customer paid apart: with coupons it is less.
type transactionAmount struct {
	Total         int64  `json:"total"`
	PayerTotal    int64  `json:"payer_total"`
	Currency      string `json:"currency"`
	PayerCurrency string `json:"payer_currency"`
}

func (p *Provider) transaction(pay book.Payment) transaction {
	word := tradeState(pay)
	t := transaction{
		AppID: p.keys.AppID, MchID: p.keys.MchID, OutTradeNo: pay.OrderNumber,
		TradeState: word, TradeStateDesc: tradeStates[word],
		Amount: &transactionAmount{Total: pay.Amount, PayerTotal: pay.Amount, Currency: pay.Currency, PayerCurrency: pay.Currency},
	}
	if pay.State == book.Paid {
		t.TransactionID, t.TradeType, t.BankType = pay.TransactionID, "JSAPI", "OTHERS"
		t.SuccessTime, t.Payer = clock(pay.PaidAt), &payer{OpenID: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}
	}
	return t
}

func tradeState(p book.Payment) string {
	switch {
	case p.State == book.Paid && p.Refunded > 0:
		return "REFUND"
	case p.Word != "":
		return p.Word
	}
	switch p.State {
	case book.Paid:
		return "SUCCESS"
	case book.Pending:
		return "NOTPAY"
	case book.Failed:
		return "PAYERROR"
	case book.Closed:
		return "CLOSED"
	}
	return string(p.State)
}

var tradeStates = map[string]string{
	"SUCCESS": "支付成功", "REFUND": "转入退款", "NOTPAY": "订单未支付", "USERPAYING": "用户支付中", "ACCEPT": "已接收，等待扣款",
	"CLOSED": "订单已关闭", "REVOKED": "已撤销", "PAYERROR": "支付失败",
}

// refundNotice is a refund as notices tell it: without currency and app.
// https://pay.weixin.qq.com/doc/v3/merchant/4012791865
type refundNotice struct {
	MchID               string       `json:"mchid"`
	OutTradeNo          string       `json:"out_trade_no"`
	TransactionID       string       `json:"transaction_id"`
	OutRefundNo         string       `json:"out_refund_no"`
	RefundID            string       `json:"refund_id"`
	RefundStatus        string       `json:"refund_status"`
	SuccessTime         string       `json:"success_time,omitempty"`
	UserReceivedAccount string       `json:"user_received_account"`
	Amount              noticeAmount `json:"amount"`
}

type noticeAmount struct {
	Total       int64 `json:"total"`
	Refund      int64 `json:"refund"`
	PayerTotal  int64 `json:"payer_total"`
	PayerRefund int64 `json:"payer_refund"`
}

// content is what a notice tells, with its kind, its event and a summary.
func (p *Provider) content(n book.Notice) (kind, event, summary string, content any) {
	if n.Refund == nil {
		// The real one reports success alone; other states must be looked at nevertheless.
		return "transaction", "TRANSACTION.SUCCESS", tradeStates[tradeState(n.Payment)], p.transaction(n.Payment)
	}
	r := *n.Refund
	status := refundStatus(r)
	c := refundNotice{
		MchID: p.keys.MchID, OutTradeNo: r.OrderNumber, TransactionID: r.TransactionID,
		OutRefundNo: outRefundNo(r), RefundID: r.ID, RefundStatus: status, UserReceivedAccount: receivedBy,
		Amount: noticeAmount{Total: n.Payment.Amount, Refund: r.Amount, PayerTotal: n.Payment.Amount, PayerRefund: r.Amount},
	}
	if r.State == book.RefundConfirmed {
		c.SuccessTime = clock(r.SettledAt)
	}
	return "refund", "REFUND." + status, "退款通知", c
}

const receivedBy = "支付用户零钱"

// outRefundNo is the merchant's number; WeChat Pay makes one up for refunds that began
// at its console.
func outRefundNo(r book.Refund) string {
	if r.Number != "" {
		return r.Number
	}
	return "wx" + r.ID
}

func refundStatus(r book.Refund) string {
	switch r.State {
	case book.RefundPending:
		return "PROCESSING"
	case book.RefundConfirmed:
		return "SUCCESS"
	case book.RefundFailed:
		return "CLOSED"
	}
	return string(r.State)
}
