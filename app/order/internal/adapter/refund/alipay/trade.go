package alipay

import "github.com/stockonce/stockonce/app/order/internal/domain"

// trade names the trade that an answer is about.
type trade struct {
	Order       string `json:"out_trade_no"`
	Transaction string `json:"trade_no"`
}

// differs says how an answer is about another trade than the refund's.
func (t trade) differs(r domain.RefundRequest) string {
	switch {
	case t.Transaction != r.TransactionID:
		return "Alipay answers about another trade: trade_no differs"
	case t.Order != r.OrderNumber:
		return "Alipay answers about another trade: out_trade_no differs"
	}
	return ""
}
