package wechatpay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const refundsPath = "/v3/refund/domestic/refunds"

// unknownRefund is the code for a refund, and for a transaction, that there is not.
const unknownRefund = "RESOURCE_NOT_EXISTS"

// final are the codes with which WeChat Pay says that it does not take this refund:
// the document calls each a refund that failed, or wants another request.
//
// All others are asked again under the same number, as the document wants it:
// SYSTEM_ERROR, FREQUENCY_LIMITED and whatever is new, because the outcome is open;
// SIGN_ERROR and MCH_NOT_EXISTS, because our configuration is wrong and not the
// refund; NOT_ENOUGH, because the merchant's balance only needs to be topped up.
//
// https://pay.weixin.qq.com/doc/v3/merchant/4012552567
var final = map[string]bool{
	"USER_ACCOUNT_ABNORMAL": true, // the payer's account is closed
	"INVALID_REQUEST":       true, // against a rule: refunded already, or too old
	"PARAM_ERROR":           true,
	"NO_AUTH":               true, // this merchant may not refund this transaction
	unknownRefund:           true, // no such transaction
}

type refundRequest struct {
	TransactionID string       `json:"transaction_id"`
	OutRefundNo   string       `json:"out_refund_no"`
	Reason        string       `json:"reason,omitempty"`
	NotifyURL     string       `json:"notify_url,omitempty"`
	Amount        refundAmount `json:"amount"`
}

type refundAmount struct {
	Refund   int64  `json:"refund"`
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
}

// Refund implements refund.API. WeChat Pay pays a refund number once.
func (a *API) Refund(ctx context.Context, r domain.RefundRequest) (domain.RefundReport, error) {
	ctx, cancel := outbound.Bounded(ctx, a.client)
	defer cancel()
	if r.Again {
		if report, known, err := a.known(ctx, r); known || err != nil {
			return report, err
		}
	}
	body, err := a.exchange(ctx, http.MethodPost, refundsPath, refundRequest{
		TransactionID: r.TransactionID,
		OutRefundNo:   r.Number,
		Reason:        shorten(r.Reason),
		NotifyURL:     a.config.GetApi().GetNotifyUrl(),
		Amount:        refundAmount{Refund: r.Amount.Minor, Total: r.Paid.Minor, Currency: r.Amount.Currency},
	})
	d, refused := errors.AsType[*denied](err)
	switch {
	case err == nil:
		return readRefund(r, body)
	case !refused || !final[d.code]:
		return domain.RefundReport{}, fmt.Errorf("refund %s: %w", r.Number, err)
	}
	// The same codes also answer a second request for a refund that is under way or paid,
	// if it differs from the first: only one that WeChat Pay does not know has failed.
	if report, known, err := a.known(ctx, r); known || err != nil {
		return report, err
	}
	return domain.RefundReport{State: domain.RefundFailed, Reason: d.Error()}, nil
}

// known asks what became of a refund. The bool is false when WeChat Pay does not know
// its number.
func (a *API) known(ctx context.Context, r domain.RefundRequest) (domain.RefundReport, bool, error) {
	body, err := a.exchange(ctx, http.MethodGet, refundsPath+"/"+url.PathEscape(r.Number), nil)
	d, refused := errors.AsType[*denied](err)
	switch {
	case refused && d.code == unknownRefund:
		return domain.RefundReport{}, false, nil
	case err != nil:
		return domain.RefundReport{}, false, fmt.Errorf("query refund %s: %w", r.Number, err)
	}
	report, err := readRefund(r, body)
	return report, err == nil, err
}

// maxReason is how many bytes of a reason WeChat Pay takes; it shows them to the payer.
const maxReason = 80

// shorten cuts a text between characters.
func shorten(text string) string {
	if len(text) <= maxReason {
		return text
	}
	end := 0
	for i := range text {
		if i > maxReason {
			break
		}
		end = i
	}
	return text[:end]
}
