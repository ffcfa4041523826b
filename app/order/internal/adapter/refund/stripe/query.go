package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/dialect/stripe"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// intent is a PaymentIntent with the answer that told it.
type intent struct {
	stripe.PaymentIntent
	body []byte
}

// Query implements refund.API. Of several PaymentIntents that were paid it tells the
// oldest; the money of others is told by their events alone.
//
// Stripe's search lags: by less than a minute as a rule, by up to an hour when
// something is wrong there, and it is not offered to merchants in India
// (https://docs.stripe.com/search#data-freshness). It is used to find PaymentIntents
// only, and the state is read from each itself, so that an answer is wrong only about
// a PaymentIntent younger than the lag. Ask some minutes after the customer could
// last start to pay, and take "not paid" for final only then.
func (a *API) Query(ctx context.Context, orderNumber string) (domain.Notice, error) {
	ctx, cancel := outbound.Bounded(ctx, a.client)
	defer cancel()
	all, searched, err := a.intents(ctx, orderNumber)
	if err != nil {
		return domain.Notice{}, err
	}
	found := domain.Notice{State: "not_found", OrderNumber: orderNumber, Verdict: domain.VerdictNotPaid}
	found.Delivery.Body = searched
	oldest := int64(0)
	for _, i := range all {
		n := i.Notice(a.settings.orderKey, nil)
		if i.LiveMode != a.settings.liveMode {
			n = dialect.Unreadable(n, "livemode: not the configured one")
		}
		// What is to be judged, or looked at, goes before what is not paid.
		paid, known := n.Verdict != domain.VerdictNotPaid, found.Verdict != domain.VerdictNotPaid
		if known && (!paid || oldest <= i.Created) {
			continue
		}
		found, oldest = n, i.Created
		found.Delivery.Body = i.body
	}
	found.Provider = Name
	return found, nil
}

// intents finds the order's PaymentIntents and reads each.
func (a *API) intents(ctx context.Context, orderNumber string) (all []intent, searched []byte, err error) {
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(orderNumber)
	searched, err = a.get(ctx, "/v1/payment_intents/search", url.Values{
		"query": {fmt.Sprintf("metadata['%s']:'%s'", a.settings.orderKey, quoted)},
		"limit": {"100"},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("search payment intents: %w", err)
	}
	var page list[stripe.PaymentIntent]
	if err := page.read(searched); err != nil {
		return nil, nil, fmt.Errorf("search payment intents: %w", err)
	}
	if page.HasMore {
		return nil, nil, errors.New("search payment intents: the order has more than 100")
	}
	for _, found := range page.Data {
		// The search takes no notice of upper and lower case.
		if found.Metadata[a.settings.orderKey] != orderNumber {
			continue
		}
		i, err := a.intent(ctx, found.ID)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, i)
	}
	return all, searched, nil
}

// intent reads one PaymentIntent as it is now.
func (a *API) intent(ctx context.Context, id string) (intent, error) {
	body, err := a.get(ctx, "/v1/payment_intents/"+url.PathEscape(id), nil)
	if err != nil {
		return intent{}, fmt.Errorf("read payment intent: %w", err)
	}
	return readIntent(id, body)
}

func readIntent(id string, body []byte) (intent, error) {
	i := intent{body: body}
	if err := stripe.Decode(body, &i.PaymentIntent); err != nil {
		return intent{}, fmt.Errorf("payment intent: answer: %w", err)
	}
	if i.ID != id || i.Status == "" {
		return intent{}, errors.New("payment intent: the answer is about something else")
	}
	return i, nil
}
