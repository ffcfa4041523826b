package shop

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Secret is the callback secret of tests and demonstrations.
const Secret = "whsec_dGVzdC1zZWNyZXQtb2Ytc3RvY2tvbmNlLTMyYnl0ZXM="

func decodeSecret(secret string) ([]byte, error) {
	encoded, found := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !found || err != nil {
		return nil, fmt.Errorf("shop: the secret is not of the form whsec_<base64>")
	}
	return key, nil
}

// Notice is what the provider reports.
type Notice struct {
	TransactionID string `json:"transactionId"`
	OrderNumber   string `json:"orderNumber"`
	Amount        int64  `json:"amount"` // minor units
	Currency      string `json:"currency"`
	State         string `json:"state"`
	PaidAt        string `json:"paidAt"`
}

// Paid is a notice of a new transaction that pays an order.
func (s *Shop) Paid(o Order) Notice {
	return Notice{
		TransactionID: s.unique("tx"), OrderNumber: o.Number, Amount: o.Amount, Currency: Currency,
		State: "paid", PaidAt: time.Now().UTC().Format(time.RFC3339),
	}
}

// Signed is a notice ready to be sent, any number of times, with the same bytes.
type Signed struct {
	Header http.Header
	Body   []byte
}

// Sign signs a notice as of now.
func (s *Shop) Sign(n Notice) (Signed, error) {
	body, err := json.Marshal(n)
	if err != nil {
		return Signed{}, fmt.Errorf("shop: %w", err)
	}
	return s.SignBody(body), nil
}

// SignBody signs any body as of now, as Standard Webhooks says: the HMAC covers id,
// timestamp and body.
func (s *Shop) SignBody(body []byte) Signed {
	id := s.unique("msg")
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, s.secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set("webhook-id", id)
	header.Set("webhook-timestamp", timestamp)
	header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return Signed{Header: header, Body: body}
}

// Call sends a signed notice once and returns the answer's status.
func (s *Shop) Call(ctx context.Context, n Signed) (int, error) {
	status, _, err := s.Send(ctx, http.MethodPost, s.CallbackURL(), n.Header.Clone(), bytes.NewReader(n.Body))
	return status, err
}

// Deliver sends a notice as a provider does: again and again until it is answered
// with 2xx or ctx ends. It returns how often it was sent. Any answer but 2xx and 503
// is an error at once.
func (s *Shop) Deliver(ctx context.Context, n Notice) (tries int, err error) {
	for tries = 1; ; tries++ {
		signed, err := s.Sign(n)
		if err != nil {
			return tries, err
		}
		status, err := s.Call(ctx, signed)
		switch {
		case err == nil && status/100 == 2:
			return tries, nil
		case err == nil && status != http.StatusServiceUnavailable:
			return tries, fmt.Errorf("shop: the notice was answered with %d", status)
		}
		select {
		case <-ctx.Done():
			return tries, fmt.Errorf("shop: the notice was not taken: status %d, %w", status, ctx.Err())
		case <-time.After(50 * time.Millisecond): // a provider's pause
		}
	}
}
