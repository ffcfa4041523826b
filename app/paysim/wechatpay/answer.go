package wechatpay

import (
	"errors"
	"net/http"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

// refund is one as the API tells it.
type refund struct {
	RefundID            string       `json:"refund_id"`
	OutRefundNo         string       `json:"out_refund_no"`
	TransactionID       string       `json:"transaction_id"`
	OutTradeNo          string       `json:"out_trade_no"`
	Channel             string       `json:"channel"`
	UserReceivedAccount string       `json:"user_received_account"`
	SuccessTime         string       `json:"success_time,omitempty"`
	CreateTime          string       `json:"create_time"`
	Status              string       `json:"status"`
	FundsAccount        string       `json:"funds_account"`
	Amount              refundAmount `json:"amount"`
}

type refundAmount struct {
	Total            int64  `json:"total"`
	Refund           int64  `json:"refund"`
	PayerTotal       int64  `json:"payer_total"`
	PayerRefund      int64  `json:"payer_refund"`
	SettlementRefund int64  `json:"settlement_refund"`
	SettlementTotal  int64  `json:"settlement_total"`
	DiscountRefund   int64  `json:"discount_refund"`
	Currency         string `json:"currency"`
}

// Answer implements dialect.Dialect. All answers are signed, also those that refuse.
func (p *Provider) Answer(c dialect.Call, res dialect.Result, now time.Time) (dialect.Reply, error) {
	reply, err := p.answer(c, res)
	if err != nil {
		return reply, err
	}
	h := p.sign(now, reply.Body)
	if reply.Body != nil {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	reply.Header = h
	return reply, nil
}

func (p *Provider) answer(c dialect.Call, res dialect.Result) (dialect.Reply, error) {
	if res.Err != nil {
		return refuse(c, res.Err)
	}
	switch c.Operation {
	case dialect.Refund, dialect.RefundQuery:
		return dialect.JSON(http.StatusOK, tell(res.Refund(), res.Payment()))
	case dialect.Query:
		return dialect.JSON(http.StatusOK, p.transaction(res.Payment()))
	case dialect.Close:
		return dialect.Reply{Status: http.StatusNoContent}, nil
	}
	return refuse(c, dialect.ErrNoRoute)
}

func tell(r book.Refund, p book.Payment) refund {
	told := refund{
		RefundID: r.ID, OutRefundNo: outRefundNo(r), TransactionID: r.TransactionID, OutTradeNo: r.OrderNumber,
		Channel: "ORIGINAL", UserReceivedAccount: receivedBy, CreateTime: clock(r.CreatedAt),
		Status: refundStatus(r), FundsAccount: "AVAILABLE",
		Amount: refundAmount{
			Total: p.Amount, Refund: r.Amount, PayerTotal: p.Amount, PayerRefund: r.Amount,
			SettlementRefund: r.Amount, SettlementTotal: p.Amount, Currency: r.Currency,
		},
	}
	if r.State == book.RefundConfirmed {
		told.SuccessTime = clock(r.SettledAt)
	}
	return told
}

type fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refuse answers with the documented error codes, as of the pages of the operations:
// https://pay.weixin.qq.com/doc/v3/merchant/4012791862 and those beside it.
func refuse(c dialect.Call, err error) (dialect.Reply, error) {
	say := func(status int, code, message string) (dialect.Reply, error) {
		return dialect.JSON(status, fault{Code: code, Message: message})
	}
	switch {
	case errors.Is(err, dialect.ErrUnsigned):
		return say(http.StatusUnauthorized, "SIGN_ERROR", "签名错误")
	case errors.Is(err, dialect.ErrMalformed):
		return say(http.StatusBadRequest, "PARAM_ERROR", "参数错误")
	case errors.Is(err, dialect.ErrForeign):
		return say(http.StatusForbidden, "NO_AUTH", "商户无权限")
	case errors.Is(err, dialect.ErrNoRoute):
		return say(http.StatusNotFound, "NOT_FOUND", "请求的资源不存在")
	case errors.Is(err, book.ErrUnknownPayment) && c.Operation != dialect.Refund:
		return say(http.StatusNotFound, "ORDER_NOT_EXIST", "订单不存在")
	case errors.Is(err, book.ErrUnknownPayment), errors.Is(err, book.ErrUnpaid):
		return say(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "订单不存在")
	case errors.Is(err, book.ErrUnknownRefund):
		return say(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "退款单不存在")
	case errors.Is(err, book.ErrPaid):
		return say(http.StatusBadRequest, "ORDERPAID", "该订单已支付")
	case errors.Is(err, book.ErrClosed):
		return say(http.StatusBadRequest, "ORDER_CLOSED", "该订单已关闭")
	case errors.Is(err, book.ErrRefunded):
		return say(http.StatusBadRequest, "INVALID_REQUEST", "订单已全额退款")
	case errors.Is(err, book.ErrExceeds):
		return say(http.StatusBadRequest, "INVALID_REQUEST", "申请退款金额大于订单可退金额")
	case errors.Is(err, book.ErrConflict):
		return say(http.StatusBadRequest, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
	}
	return say(http.StatusInternalServerError, "SYSTEM_ERROR", "系统错误")
}
