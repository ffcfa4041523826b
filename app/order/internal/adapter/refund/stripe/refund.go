package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	"github.com/stockonce/stockonce/app/order/internal/dialect/stripe"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Refund implements refund.API.
//
// Our number is Stripe's idempotency key, which makes the refund once for at least
// 24 hours, and is in the refund's metadata, which tells for ever that it was made:
// before a refund is asked for again, those of the payment are looked through.
func (a *API) Refund(ctx context.Context, r domain.RefundRequest) (domain.RefundReport, error) {
	ctx, cancel := outbound.Bounded(ctx, a.client)
	defer cancel()
	if r.Again {
		if report, found, err := a.find(ctx, r); found || err != nil {
			return report, err
		}
	}
	amount, err := stripe.Amount(r.Amount)
	if err != nil {
		return domain.RefundReport{}, err
	}
	body, err := a.post(ctx, "/v1/refunds", url.Values{
		"payment_intent":                        {r.TransactionID},
		"amount":                                {strconv.FormatInt(amount, 10)},
		"metadata[" + stripe.RefundKey + "]":    {r.Number},
		"metadata[" + a.settings.orderKey + "]": {r.OrderNumber},
	}, r.Number)
	if no, ok := errors.AsType[*refused](err); ok && no.definite() {
		// A refund of ours may be the very reason why there is nothing left to refund.
		if report, found, err := a.find(ctx, r); found || err != nil {
			return report, err
		}
		return domain.RefundReport{State: domain.RefundFailed, Reason: no.reason()}, nil
	}
	if err != nil {
		return domain.RefundReport{}, fmt.Errorf("create refund: %w", err)
	}
	var made stripe.Refund
	if err := stripe.Decode(body, &made); err != nil {
		return domain.RefundReport{}, fmt.Errorf("create refund: answer: %w", err)
	}
	return report(r, made)
}

// definite tells whether Stripe refused this refund for good: no money moved, and
// none will under this number. What may be the configuration's fault, as a wrong key,
// or may pass, is not (https://docs.stripe.com/error-codes).
func (r *refused) definite() bool {
	if r.status != http.StatusBadRequest && r.status != http.StatusPaymentRequired {
		return false
	}
	switch r.Code {
	case "charge_already_refunded", "charge_disputed", "refund_disputed_payment", "charge_not_refundable",
		"amount_too_large", "amount_too_small", "balance_insufficient":
		return true
	}
	// More than is left of the payment has had no code at times.
	return r.Type == "invalid_request_error" && r.Param == "amount"
}

func (r *refused) reason() string {
	return strings.TrimPrefix(fmt.Sprintf("%s: %.200s", r.Code, r.Message), ": ")
}

// maxPages bounds how many refunds of one payment are looked through, by hundreds.
const maxPages = 10

// find looks for the refund among all of the payment. Lists, other than searches,
// tell what was written last.
func (a *API) find(ctx context.Context, r domain.RefundRequest) (domain.RefundReport, bool, error) {
	var ours []stripe.Refund
	query := url.Values{"payment_intent": {r.TransactionID}, "limit": {"100"}}
	for range maxPages {
		body, err := a.get(ctx, "/v1/refunds", query)
		if err != nil {
			return domain.RefundReport{}, false, fmt.Errorf("list refunds: %w", err)
		}
		var page list[stripe.Refund]
		if err := page.read(body); err != nil {
			return domain.RefundReport{}, false, fmt.Errorf("list refunds: %w", err)
		}
		for _, made := range page.Data {
			if made.Number() == r.Number {
				ours = append(ours, made)
			}
		}
		if !page.HasMore {
			return reportAll(r, ours)
		}
		if len(page.Data) == 0 {
			return domain.RefundReport{}, false, errors.New("list refunds: an empty page that is not the last")
		}
		query.Set("starting_after", page.Data[len(page.Data)-1].ID)
	}
	return domain.RefundReport{}, false, fmt.Errorf("list refunds: more than %d", maxPages*100)
}

// reportAll reports the refund with our number. There is one, unless somebody made
// more by hand: then the one that moves money is it, and of two a person is told.
func reportAll(r domain.RefundRequest, ours []stripe.Refund) (domain.RefundReport, bool, error) {
	if len(ours) == 0 {
		return domain.RefundReport{}, false, nil
	}
	moving := slices.DeleteFunc(slices.Clone(ours), func(made stripe.Refund) bool {
		told, err := made.Report()
		return err == nil && told.State == domain.RefundFailed
	})
	if len(moving) > 1 {
		return stuck(moving[0].ID, fmt.Sprintf("%d refunds have the number %s", len(moving), r.Number)), true, nil
	}
	told, err := report(r, append(moving, ours...)[0])
	return told, true, err
}

// report is what Stripe says about the refund that was asked for.
func report(r domain.RefundRequest, made stripe.Refund) (domain.RefundReport, error) {
	if made.ID == "" {
		return domain.RefundReport{}, errors.New("the answer is no refund")
	}
	if difference := compare(r, made); difference != "" {
		return stuck(made.ID, difference), nil
	}
	told, err := made.Report()
	if err != nil {
		return domain.RefundReport{}, fmt.Errorf("refund: %w", err)
	}
	return told, nil
}

// compare says what is different from what was asked for.
func compare(r domain.RefundRequest, made stripe.Refund) string {
	if made.Number() != r.Number {
		return fmt.Sprintf("asked for refund %s, stripe names %.64q", r.Number, made.Number())
	}
	if made.PaymentIntent != r.TransactionID {
		return fmt.Sprintf("asked to refund %s, stripe names %.64q", r.TransactionID, made.PaymentIntent)
	}
	if amount, err := stripe.Money("amount", made.Amount, made.Currency); err != nil || amount != r.Amount {
		return fmt.Sprintf("asked for %s, stripe names %d %.8q", r.Amount, made.Amount, made.Currency)
	}
	return ""
}

func stuck(ref, reason string) domain.RefundReport {
	if !domain.ValidIdentifier(ref) {
		ref = ""
	}
	return domain.RefundReport{State: domain.RefundSent, Ref: ref, Stuck: true, Reason: reason}
}

// list is a page of objects (https://docs.stripe.com/api/pagination).
type list[T any] struct {
	Data    []T  `json:"data"`
	HasMore bool `json:"has_more"`
}

// read refuses what is no list, which must never be taken for an empty one.
func (l *list[T]) read(body []byte) error {
	if err := stripe.Decode(body, l); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	if l.Data == nil {
		return errors.New("answer: data is missing")
	}
	return nil
}
