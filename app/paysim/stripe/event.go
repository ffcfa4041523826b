package stripe

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/stockonce/stockonce/app/paysim/book"
)

// https://docs.stripe.com/api/events/object
type event struct {
	ID              string    `json:"id"`
	Object          string    `json:"object"`
	Account         string    `json:"account,omitempty"`
	APIVersion      string    `json:"api_version"`
	Created         int64     `json:"created"`
	Data            eventData `json:"data"`
	LiveMode        bool      `json:"livemode"`
	PendingWebhooks int       `json:"pending_webhooks"`
	Request         origin    `json:"request"`
	Type            string    `json:"type"`
}

type eventData struct {
	Object             any            `json:"object"`
	PreviousAttributes map[string]any `json:"previous_attributes,omitempty"`
}

type origin struct {
	ID             *string `json:"id"`
	IdempotencyKey *string `json:"idempotency_key"`
}

func (p *Provider) event(n book.Notice) ([]byte, error) {
	kind, data := p.tell(n)
	body, err := json.MarshalIndent(event{
		ID: "evt_" + n.ID, Object: "event", Account: p.keys.Account, APIVersion: apiVersion,
		Created: n.At.Unix(), Data: data, PendingWebhooks: 1, Type: kind,
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the event: %w", err)
	}
	return body, nil
}

// tell is a notice's type and what it is about.
func (p *Provider) tell(n book.Notice) (string, eventData) {
	if n.Refund != nil && n.Event == chargeRefunded {
		return n.Event, eventData{
			Object: p.charge(n.Payment),
			PreviousAttributes: map[string]any{
				"amount_refunded": n.Payment.Refunded - n.Refund.Amount, "refunded": false,
			},
		}
	}
	if n.Refund != nil {
		return n.Event, eventData{Object: refundOf(*n.Refund)}
	}
	kind := word(n.Payment)
	if strings.HasPrefix(kind, "checkout.") {
		session := p.checkout(n.Payment)
		if kind == checkoutUnpaid {
			kind = checkoutDone
		}
		return kind, eventData{Object: session}
	}
	return kind, eventData{Object: p.intent(n.Payment)}
}

// word is the event that reports a payment's state.
func word(p book.Payment) string {
	if p.Word != "" {
		return p.Word
	}
	switch p.State {
	case book.Paid:
		return intentSucceeded
	case book.Pending:
		return intentCreated
	case book.Failed:
		return intentFailed
	case book.Closed:
		return intentCanceled
	}
	return string(p.State)
}
