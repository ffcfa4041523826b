package alipay

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/stockonce/stockonce/app/paysim/book"
)

const (
	buyer      = "2088000000000002"
	buyerLogon = "159****5620"
	subject    = "paysim"
)

// fields are those of a notice, but for its time and signature. A refund is reported
// as a notice of its trade: TRADE_SUCCESS while some of the money is left, else
// TRADE_CLOSED, with everything refunded so far.
// https://opendocs.alipay.com/open/203/105286
func (p *Provider) fields(n book.Notice) map[string]string {
	pay := n.Payment
	f := map[string]string{
		"notify_type": "trade_status_sync", "notify_id": n.ID, "charset": "utf-8", "version": "1.0", "sign_type": "RSA2",
		"app_id": p.keys.AppID, "auth_app_id": p.keys.AppID, "seller_id": p.keys.SellerID,
		"buyer_id": buyer, "buyer_logon_id": buyerLogon, "subject": subject,
		"trade_no": pay.TransactionID, "out_trade_no": pay.OrderNumber,
		"trade_status": tradeStatus(pay), "total_amount": yuan(pay.Amount),
		"gmt_create": clock(pay.CreatedAt),
	}
	switch {
	case pay.State == book.Paid:
		f["receipt_amount"], f["buyer_pay_amount"], f["invoice_amount"] = yuan(pay.Amount), yuan(pay.Amount), yuan(pay.Amount)
		f["point_amount"], f["refund_fee"], f["gmt_payment"] = "0.00", "0.00", clock(pay.PaidAt)
		f["fund_bill_list"] = `[{"amount":"` + yuan(pay.Amount) + `","fundChannel":"ALIPAYACCOUNT"}]`
	case !pay.ClosedAt.IsZero():
		f["gmt_close"] = clock(pay.ClosedAt)
	}
	if n.Refund != nil {
		f["out_biz_no"], f["refund_fee"] = requestNumber(*n.Refund), yuan(pay.Refunded)
		f["gmt_refund"] = n.At.In(china).Format("2006-01-02 15:04:05.000")
		if pay.Refunded == pay.Amount {
			f["gmt_close"] = clock(n.At)
		}
	}
	return f
}

func tradeStatus(p book.Payment) string {
	switch {
	case p.State == book.Paid && p.Refunded > 0 && p.Refunded == p.Amount:
		return "TRADE_CLOSED"
	case p.Word != "":
		return p.Word
	}
	switch p.State {
	case book.Paid:
		return "TRADE_SUCCESS"
	case book.Pending, book.Failed:
		return "WAIT_BUYER_PAY"
	case book.Closed:
		return "TRADE_CLOSED"
	}
	return string(p.State)
}

func requestNumber(r book.Refund) string {
	if r.Number != "" {
		return r.Number
	}
	return r.ID
}

// yuan writes fen as Alipay does: two decimals.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

var amount = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,2})?$`)

// fen reads an amount in yuan with at most two decimals.
func fen(text string) (int64, error) {
	if !amount.MatchString(text) {
		return 0, errors.New("not an amount in yuan")
	}
	whole, part, _ := strings.Cut(text, ".")
	return strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
}
