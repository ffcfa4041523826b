package alipay

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
)

// answer holds the fields of all answers; which are set depends on the operation.
type answer struct {
	Code    string `json:"code"`
	Msg     string `json:"msg"`
	SubCode string `json:"sub_code,omitempty"`
	SubMsg  string `json:"sub_msg,omitempty"`

	TradeNo        string `json:"trade_no,omitempty"`
	OutTradeNo     string `json:"out_trade_no,omitempty"`
	BuyerLogonID   string `json:"buyer_logon_id,omitempty"`
	BuyerUserID    string `json:"buyer_user_id,omitempty"`
	TradeStatus    string `json:"trade_status,omitempty"`
	TotalAmount    string `json:"total_amount,omitempty"`
	ReceiptAmount  string `json:"receipt_amount,omitempty"`
	BuyerPayAmount string `json:"buyer_pay_amount,omitempty"`
	SendPayDate    string `json:"send_pay_date,omitempty"`

	FundChange   string `json:"fund_change,omitempty"`
	RefundFee    string `json:"refund_fee,omitempty"`
	OutRequestNo string `json:"out_request_no,omitempty"`
	RefundAmount string `json:"refund_amount,omitempty"`
	RefundStatus string `json:"refund_status,omitempty"`
	RefundReason string `json:"refund_reason,omitempty"`
	GmtRefundPay string `json:"gmt_refund_pay,omitempty"`
}

// Answer implements dialect.Dialect. The signature covers the answer within, byte for
// byte as it is sent.
func (p *Provider) Answer(c dialect.Call, res dialect.Result, _ time.Time) (dialect.Reply, error) {
	content, err := json.Marshal(content(c, res))
	if err != nil {
		return dialect.Reply{}, fmt.Errorf("encode the answer: %w", err)
	}
	name := c.Form
	if name == "" {
		name = answerName("")
	}
	body := fmt.Sprintf(`{%q:%s,"sign":%q}`, name, content, keyfile.Sign(p.keys.platform, string(content)))
	return dialect.Reply{
		Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html;charset=utf-8"}}, Body: []byte(body),
	}, nil
}

func content(c dialect.Call, res dialect.Result) answer {
	// A query about a refund that is not known succeeds, and tells none.
	if errors.Is(res.Err, book.ErrUnknownRefund) {
		return named(res.Payment())
	}
	if res.Err != nil {
		return refuse(res.Err)
	}
	a := named(res.Payment())
	switch c.Operation {
	case dialect.Refund:
		return refunded(a, res)
	case dialect.RefundQuery:
		return told(a, res)
	case dialect.Query:
		return traded(a, res.Payment())
	case dialect.Close:
	}
	return a
}

func named(p book.Payment) answer {
	return answer{Code: "10000", Msg: "Success", TradeNo: p.TransactionID, OutTradeNo: p.OrderNumber}
}

// refunded answers a refund. fund_change N is a repeat, or a refund that is not
// through: whoever sees it asks what became of it.
// https://opendocs.alipay.com/open/4b7cc5db_alipay.trade.refund
func refunded(a answer, res dialect.Result) answer {
	r := res.Refund()
	if r.State == book.RefundFailed {
		return refuse(errFailed)
	}
	a.BuyerLogonID, a.BuyerUserID, a.FundChange = buyerLogon, buyer, "N"
	a.RefundFee = yuan(res.Payment().Refunded)
	if r.State == book.RefundConfirmed && !res.Repeated {
		a.FundChange, a.GmtRefundPay = "Y", clock(r.SettledAt)
	}
	return a
}

// told answers a query about a refund: only one that is through has a status.
// https://opendocs.alipay.com/open/8c776df6_alipay.trade.fastpay.refund.query
func told(a answer, res dialect.Result) answer {
	r := res.Refund()
	a.OutRequestNo, a.RefundReason = requestNumber(r), r.Reason
	a.TotalAmount, a.RefundAmount = yuan(res.Payment().Amount), yuan(r.Amount)
	if r.State == book.RefundConfirmed {
		a.RefundStatus, a.GmtRefundPay = "REFUND_SUCCESS", clock(r.SettledAt)
	}
	return a
}

// https://opendocs.alipay.com/open/82ea786a_alipay.trade.query
func traded(a answer, p book.Payment) answer {
	a.BuyerLogonID, a.BuyerUserID = buyerLogon, buyer
	a.TradeStatus, a.TotalAmount = tradeStatus(p), yuan(p.Amount)
	a.ReceiptAmount, a.BuyerPayAmount = "0.00", "0.00"
	if p.State == book.Paid {
		a.ReceiptAmount, a.BuyerPayAmount, a.SendPayDate = yuan(p.Amount), yuan(p.Amount), clock(p.PaidAt)
	}
	return a
}
