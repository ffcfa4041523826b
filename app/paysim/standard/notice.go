package standard

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// States a payment can be reported in.
const (
	StatePaid    = "paid"
	StateFailed  = "failed"
	StatePending = "pending"
	StateClosed  = "closed"
)

// Notice is what the provider reports about one payment.
type Notice struct {
	// TransactionID is the provider's own id of the payment.
	TransactionID string `json:"transactionId"`
	// OrderNumber is the merchant's.
	OrderNumber string `json:"orderNumber"`
	// Amount is in minor units of the currency.
	Amount int64 `json:"amount"`
	// Currency is an ISO 4217 code.
	Currency string `json:"currency"`
	// State is one of the constants above; only StatePaid is money.
	State string `json:"state"`
	// PaidAt is sent in UTC, and left out when it is zero.
	PaidAt time.Time `json:"paidAt,omitzero"`
}

// Message is a notice ready to be sent, any number of times: as the specification
// asks, its id stays and each delivery is signed anew.
type Message struct {
	// ID is the message's webhook-id.
	ID string
	// Body is what is signed and sent, byte for byte.
	Body []byte
}

// NewMessage puts a notice under a fresh message id.
func NewMessage(n Notice) (Message, error) {
	n.PaidAt = n.PaidAt.UTC()
	return encode("msg_"+rand.Text(), n)
}

func encode(id string, notice any) (Message, error) {
	body, err := json.Marshal(notice)
	if err != nil {
		return Message{}, fmt.Errorf("encode the notice: %w", err)
	}
	return Message{ID: id, Body: body}, nil
}

// NewTransactionID is an id that no other payment has.
func NewTransactionID() string { return "txn_" + rand.Text() }

// Header is what a delivery of m at the given time carries besides its body.
func (m Message) Header(key Key, at time.Time) http.Header {
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("Webhook-Id", m.ID)
	h.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("Webhook-Signature", key.Sign(m.ID, at, m.Body))
	return h
}
