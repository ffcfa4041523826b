package notify

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// message is what is sent about an event, the same for every target and every try.
type message struct {
	id   string
	body []byte
}

// payload is the body in the structure that the specification recommends. Every type
// has every field.
type payload struct {
	Type      string    `json:"type"`      // order.<kind>
	Timestamp time.Time `json:"timestamp"` // when it happened
	Data      data      `json:"data"`
}

type data struct {
	OrderNumber string        `json:"orderNumber"`
	Sequence    int64         `json:"sequence"`
	Status      domain.Status `json:"status"`
	Subject     string        `json:"subject"`
	Note        string        `json:"note"`
}

func newMessage(e domain.OrderEvent) (message, error) {
	body, err := json.Marshal(payload{
		Type:      "order." + string(e.Kind),
		Timestamp: e.At.UTC(),
		Data: data{
			OrderNumber: e.OrderNumber,
			Sequence:    e.Sequence,
			Status:      e.Status,
			Subject:     e.Subject,
			Note:        e.Note,
		},
	})
	if err != nil {
		return message{}, fmt.Errorf("write event %d of order %s: %w", e.Sequence, e.OrderNumber, err)
	}
	return message{id: fmt.Sprintf("evt_%s_%d", e.OrderNumber, e.Sequence), body: body}, nil
}
