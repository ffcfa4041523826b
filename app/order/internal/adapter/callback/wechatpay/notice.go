package wechatpay

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// envelope is the notice around the encrypted resource. Unknown fields are ignored:
// WeChat Pay adds some.
type envelope struct {
	EventType string          `json:"event_type"`
	Summary   string          `json:"summary"`
	Resource  json.RawMessage `json:"resource"`
}

// paid is the event of a payment; those of refunds are in refund.go.
const paid = "TRANSACTION.SUCCESS"

// read turns a verified body into a notice, whatever it finds. The bool is false when
// the keys are at fault for what it could not read.
func (p *Provider) read(body []byte, now time.Time) (domain.Notice, bool) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return dialect.Unreadable(domain.Notice{}, "body: must be the JSON object of a notice"), true
	}
	n := domain.Notice{State: e.EventType}
	if e.EventType == "" {
		return dialect.Unreadable(n, "event_type: must name an event"), true
	}
	if e.EventType != paid && !slices.Contains(refundEvents, e.EventType) {
		return dialect.NotPaid(n, ""), true
	}
	plain, err := p.v3.decrypt(e.Resource, now)
	if err != nil {
		return dialect.Unreadable(n, err.Error()), !errors.Is(err, errNoKey)
	}
	if e.EventType == paid {
		return p.transaction(plain), true
	}
	return p.refund(e, plain), true
}
