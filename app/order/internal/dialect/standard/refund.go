package standard

import (
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// refundStates are the states of a notice about a refund.
var refundStates = map[string]domain.RefundState{
	"refunded":       domain.RefundConfirmed,
	"refund_pending": domain.RefundSent,
	"refund_failed":  domain.RefundFailed,
}

// refund reads a notice about one refund, of whose amount it tells. Either our number
// or the provider's id must name it: without one, a repeated notice could not be told
// from a second refund.
func (b Notice) refund(n domain.Notice, state domain.RefundState) domain.Notice {
	n, ok := b.amount(n)
	switch {
	case !ok:
		return n
	case b.OrderNumber != "" && n.OrderNumber == "":
		return dialect.Unreadable(n, "orderNumber"+dialect.IdentifierRule)
	case b.RefundNumber == "" && b.RefundID == "":
		return dialect.Unreadable(n, "refundNumber: must be given, or refundId")
	case b.RefundNumber != "" && (len(b.RefundNumber) > dialect.MaxRefundNumber || !domain.ValidIdentifier(b.RefundNumber)):
		return dialect.Unreadable(n, fmt.Sprintf("refundNumber: must be at most %d visible ASCII characters", dialect.MaxRefundNumber))
	case b.RefundID != "" && !domain.ValidIdentifier(b.RefundID):
		return dialect.Unreadable(n, "refundId: must be at most 255 visible ASCII characters")
	}
	n.Refund = &domain.RefundNotice{
		Number: b.RefundNumber, Ref: b.RefundID, State: state, Reason: fmt.Sprintf("%.200s", b.Reason),
	}
	return n
}
