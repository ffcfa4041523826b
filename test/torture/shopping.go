package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// memory is what the world outside was promised: answers that must stay true. It is
// safe for concurrent use.
type memory struct {
	mu        sync.Mutex
	placed    map[string]plan // by order number
	nobodys   map[string]bool // order numbers that nobody placed
	cancelled []string
	refunded  []string // by an operator
	delivered []delivery
}

func newMemory() *memory { return &memory{placed: map[string]plan{}, nobodys: map[string]bool{}} }

func (m *memory) keep(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

const (
	tryFor   = 6 * time.Second // a customer's patience
	tryAgain = time.Second     // and pause
)

// order is a placed one.
type order struct {
	Number string `json:"number"`
	Amount int64  `json:"amount,string"`
}

// place places the plan's order, again and again under the same request id.
func (s *scene) place(ctx context.Context, p plan) (order, bool) {
	type wanted struct {
		SKU      string `json:"sku"`
		Quantity int64  `json:"quantity,string"`
	}
	var lines []wanted
	amount := int64(0)
	for _, l := range p.lines {
		lines = append(lines, wanted{l.sku, l.quantity})
		amount += l.quantity * price
	}
	request := map[string]any{"requestId": fmt.Sprint("customer-", p.id), "customer": "torture", "provider": p.provider, "lines": lines}
	var answer struct{ Order order }
	if !s.insist(ctx, fmt.Sprint("place order of customer ", p.id), s.shop.OrdersURL(), request, &answer) {
		return order{}, false
	}
	if answer.Order.Amount != amount {
		s.ledger.faultf("order %s costs %d, wanted %d", answer.Order.Number, answer.Order.Amount, amount)
	}
	first := answer.Order
	if p.again && s.insist(ctx, "place order "+first.Number+" again", s.shop.OrdersURL(), request, &answer) && answer.Order.Number != first.Number {
		s.ledger.faultf("one request made the orders %s and %s", first.Number, answer.Order.Number)
	}
	s.kept.keep(func() { s.kept.placed[first.Number] = p })
	s.ledger.add("orders placed", 1)
	return first, true
}

// cancel cancels an order, unless it is too late.
func (s *scene) cancel(ctx context.Context, number string) {
	if s.insist(ctx, "cancel order "+number, s.shop.OrdersURL()+"/"+number+":cancel", struct{}{}, nil, http.StatusConflict) {
		s.kept.keep(func() { s.kept.cancelled = append(s.kept.cancelled, number) })
	}
}

// bring adds goods to the stock.
func (s *scene) bring(ctx context.Context, d delivery) {
	skus := strings.TrimSuffix(s.shop.ProductsURL(), "products") + "skus/"
	request := map[string]any{"requestId": d.request, "quantity": strconv.FormatInt(d.quantity, 10)}
	if s.insist(ctx, "bring "+d.request, skus+d.sku+":restock", request, nil) {
		s.kept.keep(func() { s.kept.delivered = append(s.kept.delivered, d) })
	}
}

// insist posts a request until it is answered with 200, and tells whether it was.
// Answers of the given statuses end it without; other refusals are faults.
func (s *scene) insist(ctx context.Context, what, url string, request, answer any, final ...int) bool {
	body, err := json.Marshal(request)
	if err != nil {
		s.ledger.faultf("%s: %v", what, err)
		return false
	}
	last := ""
	for again := true; again; again = pause(ctx, tryAgain) {
		try, cancel := context.WithTimeout(ctx, tryFor)
		status, reply, err := s.shop.Send(try, http.MethodPost, url, http.Header{"Content-Type": {"application/json"}}, bytes.NewReader(body))
		cancel()
		last = fmt.Sprint(status, " ", string(reply), " ", err)
		switch {
		case err != nil || status >= http.StatusInternalServerError || status == http.StatusTooManyRequests:
			s.ledger.add("requests tried again", 1)
		case status == http.StatusOK && answer == nil:
			return true
		case status == http.StatusOK:
			if err := json.Unmarshal(reply, answer); err != nil {
				s.ledger.faultf("%s: answered %q: %v", what, reply, err)
				return false
			}
			return true
		case slices.Contains(final, status):
			return false
		default:
			s.ledger.faultf("%s: answered %s", what, last)
			return false
		}
	}
	s.ledger.faultf("%s: given up: %s", what, last)
	return false
}
