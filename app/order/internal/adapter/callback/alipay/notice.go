package alipay

import (
	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// The parameters that are looked at; the others of a notice are ignored.
const (
	fieldAppID       = "app_id"
	fieldSellerID    = "seller_id"
	fieldOrder       = "out_trade_no"
	fieldTransaction = "trade_no"
	fieldState       = "trade_status"
	fieldAmount      = "total_amount"
	fieldCurrency    = "trans_currency"
	fieldPaidAt      = "gmt_payment"
	fieldPaidByBuyer = "buyer_pay_amount"
	fieldReceived    = "receipt_amount"
	fieldRefunded    = "refund_fee"
	fieldRefundedAt  = "gmt_refund"
	fieldRefund      = "out_biz_no"
)

var fields = []string{
	fieldAppID, fieldSellerID, fieldOrder, fieldTransaction, fieldState, fieldAmount, fieldCurrency, fieldPaidAt,
	fieldPaidByBuyer, fieldReceived, fieldRefunded, fieldRefundedAt, fieldRefund,
}

// read reads a verified notice. Whatever it finds, it makes a notice.
func read(f form) domain.Notice {
	n := domain.Notice{
		State: f[fieldState], OrderNumber: dialect.Identifier(f[fieldOrder]), TransactionID: dialect.Identifier(f[fieldTransaction]),
	}
	// Notices of payments have a refund_fee too: 0.00.
	refunded, err := f.yuan(fieldRefunded)
	if err != nil {
		return dialect.Unreadable(n, fieldRefunded+": "+err.Error())
	}
	if refunded > 0 || f[fieldRefundedAt] != "" || n.State == alipay.Closed && wasPaid(f) {
		return readRefund(n, f, refunded)
	}
	if n.State == alipay.Success || n.State == alipay.Finished {
		return alipay.Paid{
			Amount: f[fieldAmount], Currency: f[fieldCurrency], PaidAt: f[fieldPaidAt], PaidAtField: fieldPaidAt,
		}.Complete(n)
	}
	return dialect.NotPaid(n, "") // also a state that is not documented
}

// wasPaid tells whether a trade was paid before it was closed: closing a paid trade
// is how Alipay reports that it was refunded in full. One that nobody paid has no time
// of payment, and its amounts are zero.
func wasPaid(f form) bool {
	for _, field := range []string{fieldPaidByBuyer, fieldReceived} {
		if amount, err := f.yuan(field); err == nil && amount > 0 {
			return true
		}
	}
	return f[fieldPaidAt] != ""
}

// readRefund reads a notice about a refund. refund_fee is everything refunded of the
// trade so far; out_biz_no is the number of the refund that made Alipay send it.
func readRefund(n domain.Notice, f form, refunded int64) domain.Notice {
	if problem := alipay.Problem(n, f[fieldCurrency]); problem != "" {
		return dialect.Unreadable(n, problem)
	}
	if refunded == 0 && n.State == alipay.Closed {
		var err error
		if refunded, err = f.yuan(fieldAmount); err != nil {
			return dialect.Unreadable(n, fieldAmount+": "+err.Error())
		}
	}
	if refunded == 0 {
		return dialect.Unreadable(n, fieldRefunded+": must be above zero in the notice of a refund")
	}
	n.Amount = domain.Money{Minor: refunded, Currency: alipay.Currency}
	n.Refund = &domain.RefundNotice{
		Number: dialect.Identifier(f[fieldRefund]), State: domain.RefundConfirmed, Cumulative: true,
	}
	return n
}

// yuan is an amount of the form in minor units; one that is missing is zero.
func (f form) yuan(field string) (int64, error) {
	if f[field] == "" {
		return 0, nil
	}
	return alipay.MinorUnits(f[field])
}
