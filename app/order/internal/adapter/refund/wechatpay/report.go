package wechatpay

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// refundAnswer is what WeChat Pay says about a refund, asked for or queried.
type refundAnswer struct {
	RefundID      string `json:"refund_id"`
	OutRefundNo   string `json:"out_refund_no"`
	TransactionID string `json:"transaction_id"`
	Status        string `json:"status"`
	Amount        struct {
		Refund   json.RawMessage `json:"refund"` // fen
		Currency string          `json:"currency"`
	} `json:"amount"`
}

// errUnreadable is returned for a verified answer that does not say what it must.
var errUnreadable = errors.New("the answer cannot be read")

// readRefund reads an answer and compares it with what was asked for.
func readRefund(r domain.RefundRequest, body []byte) (domain.RefundReport, error) {
	var a refundAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		return domain.RefundReport{}, fmt.Errorf("refund %s: %w: not the JSON object of a refund", r.Number, errUnreadable)
	}
	amount, err := dialect.MinorUnits(a.Amount.Refund)
	if err != nil {
		return domain.RefundReport{}, fmt.Errorf("refund %s: %w: amount.refund: %w", r.Number, errUnreadable, err)
	}
	for _, field := range [][2]string{
		{"refund_id", a.RefundID}, {"out_refund_no", a.OutRefundNo},
		{"transaction_id", a.TransactionID}, {"amount.currency", a.Amount.Currency},
	} {
		if !domain.ValidIdentifier(field[1]) {
			return domain.RefundReport{}, fmt.Errorf("refund %s: %w: %s is missing or not visible ASCII", r.Number, errUnreadable, field[0])
		}
	}
	report := domain.RefundReport{State: domain.RefundSent, Ref: a.RefundID}
	answered := domain.Money{Minor: amount, Currency: a.Amount.Currency}
	switch {
	case a.OutRefundNo != r.Number:
		report.Reason = fmt.Sprintf("WeChat Pay answers about refund %s, asked for %s", a.OutRefundNo, r.Number)
	case a.TransactionID != r.TransactionID:
		report.Reason = fmt.Sprintf("WeChat Pay answers about transaction %s, asked for %s", a.TransactionID, r.TransactionID)
	case answered != r.Amount:
		report.Reason = fmt.Sprintf("WeChat Pay answers a refund of %s, asked for %s", answered, r.Amount)
	}
	if report.Reason != "" {
		report.Stuck = true
		return report, nil
	}
	return withStatus(report, r.Number, a.Status)
}

// withStatus says how far the refund is.
func withStatus(report domain.RefundReport, number, status string) (domain.RefundReport, error) {
	read, err := wechatpay.RefundReport(status)
	if err != nil {
		return domain.RefundReport{}, fmt.Errorf("refund %s: %w: %w", number, errUnreadable, err)
	}
	read.Ref = report.Ref
	if read.Stuck {
		read.Reason += ": the payer's account cannot take it; it waits at the merchant console"
	}
	return read, nil
}
