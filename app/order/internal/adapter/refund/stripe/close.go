package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/dialect/stripe"
)

// Close implements refund.API. It cancels all of the order's PaymentIntents that can
// be, and returns refund.ErrPaid when one was paid. One that is being processed can be
// neither: that is an error, and the answer is known later.
//
// A payment page that nobody tried to pay has no PaymentIntent yet and is not found:
// that is refund.ErrUnknown. Give the page the order's expiry when it is made (expires_at).
func (a *API) Close(ctx context.Context, orderNumber string) error {
	ctx, cancel := outbound.Bounded(ctx, a.client)
	defer cancel()
	all, _, err := a.intents(ctx, orderNumber)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return refund.ErrUnknown
	}
	var errs error
	paid := false
	for _, i := range all {
		err := a.end(ctx, i)
		paid = paid || errors.Is(err, refund.ErrPaid)
		errs = errors.Join(errs, err)
	}
	if paid {
		return refund.ErrPaid
	}
	return errs
}

// end makes sure that a PaymentIntent cannot be paid any more
// (https://docs.stripe.com/api/payment_intents/cancel).
func (a *API) end(ctx context.Context, i intent) error {
	if done, err := ended(i); done {
		return err
	}
	body, err := a.post(ctx, "/v1/payment_intents/"+url.PathEscape(i.ID)+"/cancel", url.Values{
		"cancellation_reason": {"abandoned"},
	}, "")
	if err == nil {
		i, err = readIntent(i.ID, body)
		if err != nil {
			return err
		}
	} else if _, ok := errors.AsType[*refused](err); ok {
		// Perhaps it was paid or cancelled just now.
		now, readErr := a.intent(ctx, i.ID)
		if readErr != nil {
			return errors.Join(err, readErr)
		}
		i = now
	} else {
		return fmt.Errorf("cancel payment intent: %w", err)
	}
	if done, err := ended(i); done {
		return err
	}
	if expireErr := a.expirePage(ctx, i.ID); expireErr != nil {
		return fmt.Errorf("payment intent is %s and cannot be cancelled: %w", i.Status, errors.Join(err, expireErr))
	}
	return nil
}

// ended tells whether nothing can change any more, and refund.ErrPaid when it was paid.
func ended(i intent) (bool, error) {
	switch i.Status {
	case stripe.IntentSucceeded:
		return true, refund.ErrPaid
	case stripe.IntentCanceled:
		return true, nil
	}
	return false, nil
}

// expirePage ends the payment page that a PaymentIntent belongs to: as long as a page
// is open its PaymentIntent cannot be cancelled, and after that it cannot be paid
// (https://docs.stripe.com/api/checkout/sessions/expire).
func (a *API) expirePage(ctx context.Context, intentID string) error {
	body, err := a.get(ctx, "/v1/checkout/sessions", url.Values{"payment_intent": {intentID}, "limit": {"1"}})
	if err != nil {
		return fmt.Errorf("find checkout session: %w", err)
	}
	var page list[stripe.CheckoutSession]
	if err := page.read(body); err != nil {
		return fmt.Errorf("find checkout session: %w", err)
	}
	if len(page.Data) == 0 {
		return errors.New("it belongs to no checkout session")
	}
	s := page.Data[0]
	if s.Status == "open" {
		body, err := a.post(ctx, "/v1/checkout/sessions/"+url.PathEscape(s.ID)+"/expire", nil, "")
		if err != nil {
			return fmt.Errorf("expire checkout session: %w", err)
		}
		s = stripe.CheckoutSession{}
		if err := stripe.Decode(body, &s); err != nil {
			return fmt.Errorf("expire checkout session: answer: %w", err)
		}
	}
	if s.Status != "expired" {
		return fmt.Errorf("its checkout session is %.20q", s.Status)
	}
	return nil
}
