package wechatpay

import (
	"encoding/json"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// refundEvents are the events of refunds: one for each status that a notice tells.
var refundEvents = []string{
	refundEvent + wechatpay.RefundSuccess, refundEvent + wechatpay.RefundAbnormal, refundEvent + wechatpay.RefundClosed,
}

const refundEvent = "REFUND."

// maxRefundNumber is how long WeChat Pay lets out_refund_no be.
const maxRefundNumber = 64

// refund is the decrypted resource of a refund's notice. It names neither app nor
// currency, and its amount is that refund's alone.
type refund struct {
	MchID         string `json:"mchid"`
	OutTradeNo    string `json:"out_trade_no"`
	TransactionID string `json:"transaction_id"`
	OutRefundNo   string `json:"out_refund_no"` // ours, or the console's
	RefundID      string `json:"refund_id"`     // WeChat Pay's
	RefundStatus  string `json:"refund_status"`
	Amount        struct {
		Refund json.RawMessage `json:"refund"` // fen
	} `json:"amount"`
}

// refund reads a decrypted refund.
func (p *Provider) refund(e envelope, plain []byte) domain.Notice {
	var r refund
	if err := json.Unmarshal(plain, &r); err != nil {
		return dialect.Unreadable(domain.Notice{State: e.EventType}, "resource: must be the JSON object of a refund")
	}
	n := domain.Notice{
		State: r.RefundStatus, OrderNumber: dialect.Identifier(r.OutTradeNo), TransactionID: dialect.Identifier(r.TransactionID),
	}
	switch {
	case r.MchID == "":
		return dialect.Unreadable(n, wechatpay.MerchantRule)
	case r.MchID != p.merchant.MchID:
		return dialect.Foreign(n, wechatpay.MerchantRule)
	case refundEvent+r.RefundStatus != e.EventType:
		return dialect.Unreadable(n, "refund_status: must agree with event_type")
	case n.OrderNumber == "":
		return dialect.Unreadable(n, "out_trade_no"+dialect.IdentifierRule)
	case n.TransactionID == "":
		return dialect.Unreadable(n, "transaction_id"+dialect.IdentifierRule)
	case !domain.ValidIdentifier(r.OutRefundNo) || len(r.OutRefundNo) > maxRefundNumber:
		return dialect.Unreadable(n, "out_refund_no: must be 1 to 64 visible ASCII characters")
	case !domain.ValidIdentifier(r.RefundID):
		return dialect.Unreadable(n, "refund_id"+dialect.IdentifierRule)
	}
	amount, err := dialect.MinorUnits(r.Amount.Refund)
	if err != nil {
		return dialect.Unreadable(n, "amount.refund: "+err.Error())
	}
	report, err := wechatpay.RefundReport(r.RefundStatus)
	if err != nil {
		return dialect.Unreadable(n, "refund_"+err.Error())
	}
	n.Amount = domain.Money{Minor: amount}
	n.Refund = &domain.RefundNotice{
		Number: r.OutRefundNo, Ref: r.RefundID, State: report.State, Stuck: report.Stuck, Reason: reason(report.Reason, e.Summary),
	}
	return n
}

// reason is WeChat Pay's word for what went wrong, if anything did, with its summary.
func reason(word, summary string) string {
	if word == "" || summary == "" {
		return word
	}
	return word + ": " + summary
}
