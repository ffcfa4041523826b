package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stockonce/stockonce/bench/load"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// notice is what the provider reports: that an order was paid.
type notice struct {
	TransactionID string `json:"transactionId"`
	OrderNumber   string `json:"orderNumber"`
	Amount        int64  `json:"amount"`
	Currency      string `json:"currency"`
	State         string `json:"state"`
	PaidAt        string `json:"paidAt"`
}

// queue is what the provider still has to tell. What is not taken goes to its end. It is
// safe for concurrent use.
type queue struct {
	host string
	key  []byte

	mu      sync.Mutex
	notices []notice
	taken   []string // transactions that were answered with 2xx
	sent    int
	empty   bool // at some time
}

func newQueue(host string) (*queue, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(shop.Secret, "whsec_"))
	if err != nil {
		return nil, fmt.Errorf("the provider's secret: %w", err)
	}
	return &queue{host: host, key: key}, nil
}

func (q *queue) add(n notice) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.notices = append(q.notices, n)
}

// next takes the notice that has waited longest. When only one is left it is sent again
// and again, and the queue was too short.
func (q *queue) next() load.Request {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := q.notices[0]
	if len(q.notices) > 1 {
		q.notices = q.notices[1:]
	} else {
		q.empty = true
	}
	q.sent++
	return load.Request{Bytes: q.sign(n), Done: func(status int) {
		q.mu.Lock()
		defer q.mu.Unlock()
		if status/100 == 2 {
			q.taken = append(q.taken, n.TransactionID)
		} else {
			q.notices = append(q.notices, n)
		}
	}}
}

// sign makes the request, as Standard Webhooks says: the HMAC covers id, timestamp and
// body.
func (q *queue) sign(n notice) []byte {
	now := time.Now()
	n.Currency, n.State, n.PaidAt = shop.Currency, "paid", now.UTC().Format(time.RFC3339)
	body, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings and a number
	}
	id, timestamp := "msg-"+strconv.Itoa(q.sent), strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, q.key)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST /v1/payments/standard/callback HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nWebhook-Id: %s\r\nWebhook-Timestamp: %s\r\nWebhook-Signature: v1,%s\r\n\r\n",
		q.host, len(body), id, timestamp, base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	b.Write(body)
	return b.Bytes()
}
