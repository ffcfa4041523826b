package wechatpay

import (
	"errors"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// The statuses of a refund.
const (
	RefundSuccess    = "SUCCESS"    // the money is with the payer
	RefundProcessing = "PROCESSING" // not told by a notice
	RefundAbnormal   = "ABNORMAL"   // the account it came from cannot take it: the merchant must say where to
	RefundClosed     = "CLOSED"     // no money went back
)

// RefundReport says how far a refund is, by its status; when it went wrong, the status
// is the reason. An error is a status that is not documented.
func RefundReport(status string) (domain.RefundReport, error) {
	switch status {
	case RefundSuccess:
		return domain.RefundReport{State: domain.RefundConfirmed}, nil
	case RefundProcessing:
		return domain.RefundReport{State: domain.RefundSent}, nil
	case RefundAbnormal:
		return domain.RefundReport{State: domain.RefundSent, Stuck: true, Reason: status}, nil
	case RefundClosed:
		return domain.RefundReport{State: domain.RefundFailed, Reason: status}, nil
	}
	return domain.RefundReport{}, errors.New("status is none that is documented")
}
