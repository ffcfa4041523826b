package alipay

import (
	"errors"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

// errFailed stands for a refund that failed for good.
var errFailed = errors.New("the refund failed")

var refusals = []struct {
	err  error
	with answer
}{
	{dialect.ErrUnsigned, answer{Code: "40002", Msg: "Invalid Arguments", SubCode: "isv.invalid-signature", SubMsg: "验签出错"}},
	{dialect.ErrForeign, answer{Code: "40002", Msg: "Invalid Arguments", SubCode: "isv.invalid-app-id", SubMsg: "无效的AppID参数"}},
	{dialect.ErrNoRoute, answer{Code: "40002", Msg: "Invalid Arguments", SubCode: "isv.invalid-method", SubMsg: "不存在的方法名"}},
	{dialect.ErrMalformed, answer{Code: "40004", Msg: failed, SubCode: "ACQ.INVALID_PARAMETER", SubMsg: "参数无效"}},
	{book.ErrUnknownPayment, answer{Code: "40004", Msg: failed, SubCode: "ACQ.TRADE_NOT_EXIST", SubMsg: "交易不存在"}},
	{book.ErrUnpaid, answer{Code: "40004", Msg: failed, SubCode: "ACQ.TRADE_STATUS_ERROR", SubMsg: "交易状态不合法"}},
	{book.ErrPaid, answer{Code: "40004", Msg: failed, SubCode: "ACQ.TRADE_STATUS_ERROR", SubMsg: "交易状态不合法"}},
	{book.ErrClosed, answer{Code: "40004", Msg: failed, SubCode: "ACQ.TRADE_STATUS_ERROR", SubMsg: "交易状态不合法"}},
	{book.ErrRefunded, answer{Code: "40004", Msg: failed, SubCode: "ACQ.TRADE_HAS_CLOSE", SubMsg: "交易已经关闭"}},
	{book.ErrExceeds, answer{Code: "40004", Msg: failed, SubCode: "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", SubMsg: "退款金额超限"}},
	{book.ErrConflict, answer{Code: "40004", Msg: failed, SubCode: "ACQ.DISCORDANT_REPEAT_REQUEST", SubMsg: "不一致的请求"}},
	{errFailed, answer{Code: "40004", Msg: failed, SubCode: "ACQ.TRADE_HAS_FINISHED", SubMsg: "交易已完结"}},
}

const failed = "Business Failed"

// refuse answers with the documented codes; what has none is a fault of the system.
// https://opendocs.alipay.com/common/02km9f
func refuse(err error) answer {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return r.with
		}
	}
	return answer{Code: "20000", Msg: "Service Currently Unavailable", SubCode: "isp.unknow-error", SubMsg: "系统繁忙"}
}
