// Package alipay is what Alipay's notices and the answers of its gateway have in
// common: amounts in yuan, times of one zone, the states of a trade, and signatures of
// SHA256withRSA in public-key mode (https://opendocs.alipay.com/common/02mse7).
package alipay

import (
	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Currency is the only one: amounts are in yuan.
const Currency = "CNY"

// The documented states of a trade.
const (
	Waiting  = "WAIT_BUYER_PAY" // created
	Closed   = "TRADE_CLOSED"   // not paid in time, or paid and refunded in full
	Success  = "TRADE_SUCCESS"  // paid
	Finished = "TRADE_FINISHED" // paid, and too late for a refund; follows TRADE_SUCCESS with the same trade_no
)

// Paid is what a trade that is paid says, as it is written.
type Paid struct {
	Amount   string // total_amount: yuan
	Currency string // trans_currency, of the amount; missing means CNY
	PaidAt   string // may be missing
	// PaidAtField is how the time of payment is called: notices and answers differ.
	PaidAtField string
}

// Complete makes n the notice of a payment, or says what is wrong with it. n has the
// order and the transaction, if they can be kept.
func (p Paid) Complete(n domain.Notice) domain.Notice {
	if problem := Problem(n, p.Currency); problem != "" {
		return dialect.Unreadable(n, problem)
	}
	amount, err := MinorUnits(p.Amount)
	if err != nil || amount == 0 {
		return dialect.Unreadable(n, "total_amount: must be yuan above zero with at most two decimals")
	}
	n.Amount = domain.Money{Minor: amount, Currency: Currency}
	if n.PaidAt, err = Moment(p.PaidAt); err != nil {
		return dialect.Unreadable(n, p.PaidAtField+": "+err.Error())
	}
	return n
}

// Problem says what is wrong with what payments and refunds both need: order,
// transaction and currency. It is empty when nothing is.
func Problem(n domain.Notice, currency string) string {
	switch {
	case n.OrderNumber == "":
		return "out_trade_no" + dialect.IdentifierRule
	case n.TransactionID == "":
		return "trade_no" + dialect.IdentifierRule
	case currency != "" && currency != Currency:
		return "trans_currency: must be " + Currency
	}
	return ""
}
