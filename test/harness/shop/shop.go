// Package shop plays the outside world to both services: the shop that places
// orders and the payment provider that calls back. It speaks plain HTTP and JSON and
// signs by itself, independently of the services' own code and generated clients.
package shop

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/stockonce/stockonce/test/harness/identity"
)

// Shop is a client of both services. It is safe for concurrent use.
type Shop struct {
	order, product string // base URLs
	secret         []byte
	token          identity.Bearer
	client         *http.Client
	requests       atomic.Int64
	prefix         string
}

// New makes a client of the services at the given host:port. secret is the callback
// provider's, in the form whsec_<base64>; token is what the shop shows, an operator's.
func New(order, product, secret string, token identity.Bearer) (*Shop, error) {
	key, err := decodeSecret(secret)
	if err != nil {
		return nil, err
	}
	return &Shop{
		order: "http://" + order, product: "http://" + product, secret: key, token: token,
		client: &http.Client{
			Timeout: 30 * time.Second,
			Transport: &http.Transport{
				MaxIdleConnsPerHost: 256,
				// A service that was killed leaves dead connections behind.
				IdleConnTimeout: 5 * time.Second,
			},
		},
		prefix: strconv.FormatInt(time.Now().UnixNano(), 36),
	}, nil
}

// Encrypt has the shop speak TLS to both services, on a connection of its own for each
// request. It is for before the first one.
func (s *Shop) Encrypt(config *tls.Config) {
	s.order = strings.Replace(s.order, "http:", "https:", 1)
	s.product = strings.Replace(s.product, "http:", "https:", 1)
	s.client.Transport = &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
}

// SKU is a SKU to create.
type SKU struct {
	Code  string
	Price int64
	Stock int64
}

// Currency is what everything costs.
const Currency = "CNY"

// CreateProduct creates a product with the given SKUs.
func (s *Shop) CreateProduct(ctx context.Context, skus ...SKU) error {
	type sku struct {
		Code         string `json:"code"`
		Price        int64  `json:"price,string"`
		Currency     string `json:"currency"`
		OpeningStock int64  `json:"openingStock,string"`
	}
	var all []sku
	for _, k := range skus {
		all = append(all, sku{k.Code, k.Price, Currency, k.Stock})
	}
	return s.call(ctx, http.MethodPost, s.product+"/v1/products", map[string]any{"name": "test", "skus": all}, nil)
}

// Stock is how many pieces of a SKU are on hand.
func (s *Shop) Stock(ctx context.Context, sku string) (int64, error) {
	var answer struct {
		SKU struct {
			Stock int64 `json:"stock,string"`
		} `json:"sku"`
	}
	err := s.call(ctx, http.MethodGet, s.product+"/v1/skus/"+url.PathEscape(sku), nil, &answer)
	return answer.SKU.Stock, err
}

// Restock adds pieces of a SKU.
func (s *Shop) Restock(ctx context.Context, sku string, quantity int64) error {
	return s.call(ctx, http.MethodPost, s.product+"/v1/skus/"+url.PathEscape(sku)+":restock",
		map[string]any{"requestId": s.unique("restock"), "quantity": strconv.FormatInt(quantity, 10)}, nil)
}

// Line is a wish for so many pieces of a SKU.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity,string"`
}

// Order is an order as the service tells it.
type Order struct {
	Number   string    `json:"number"`
	Status   string    `json:"status"` // as in ORDER_STATUS_PAID
	Amount   int64     `json:"amount,string"`
	Lines    []Line    `json:"lines"`
	Payments []Payment `json:"payments"`
	Refunds  []Refund  `json:"refunds"`
}

// Refund is a refund of an order's payment.
type Refund struct {
	Number string `json:"number"`
	State  string `json:"state"`  // as in REFUND_STATE_CONFIRMED
	Source string `json:"source"` // as in REFUND_SOURCE_SERVICE
	Amount int64  `json:"amount,string"`
}

// Payment is a payment of an order.
type Payment struct {
	Number        string `json:"number"`
	TransactionID string `json:"transactionId"`
	Disposition   string `json:"disposition"` // as in DISPOSITION_WINNER
}

// Place places an order with the provider "standard".
func (s *Shop) Place(ctx context.Context, lines ...Line) (Order, error) {
	return s.PlaceWith(ctx, "standard", lines...)
}

// PlaceWith places an order with a payment provider.
func (s *Shop) PlaceWith(ctx context.Context, provider string, lines ...Line) (Order, error) {
	var answer struct{ Order Order }
	err := s.call(ctx, http.MethodPost, s.order+"/v1/orders",
		map[string]any{"requestId": s.unique("place"), "customer": "customer", "provider": provider, "lines": lines}, &answer)
	return answer.Order, err
}

// Find reads an order.
func (s *Shop) Find(ctx context.Context, number string) (Order, error) {
	var answer struct{ Order Order }
	err := s.call(ctx, http.MethodGet, s.order+"/v1/orders/"+url.PathEscape(number), nil, &answer)
	return answer.Order, err
}

// Cancel cancels an order.
func (s *Shop) Cancel(ctx context.Context, number string) error {
	return s.call(ctx, http.MethodPost, s.order+"/v1/orders/"+url.PathEscape(number)+":cancel", struct{}{}, nil)
}

// ProviderURL is where a payment provider calls back.
func (s *Shop) ProviderURL(provider string) string {
	return s.order + "/v1/payments/" + provider + "/callback"
}

// unique returns an id that no other call returns.
func (s *Shop) unique(kind string) string {
	return kind + "-" + s.prefix + "-" + strconv.FormatInt(s.requests.Add(1), 10)
}

// call sends body as JSON and decodes the answer, which must be 200.
func (s *Shop) call(ctx context.Context, method, address string, body, answer any) error {
	var text []byte
	header := http.Header{}
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return fmt.Errorf("shop: %w", err)
		}
		header.Set("Content-Type", "application/json")
	}
	status, reply, err := s.Send(ctx, method, address, header, bytes.NewReader(text))
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("shop: %s %s: %w", method, address, &StatusError{status, string(reply)})
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(reply, answer); err != nil {
		return fmt.Errorf("shop: %s %s: %w", method, address, err)
	}
	return nil
}

// StatusError is an answer other than 200.
type StatusError struct {
	Status int
	Body   string
}

func (e *StatusError) Error() string { return fmt.Sprintf("%d %s", e.Status, e.Body) }

// Send sends any request and returns status and body of whatever comes back. The
// shop's token is added, except to callbacks, which providers send, and where header
// has an Authorization of its own.
func (s *Shop) Send(ctx context.Context, method, address string, header http.Header, body io.Reader) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return 0, nil, fmt.Errorf("shop: %w", err)
	}
	req.Header = header
	if _, own := header["Authorization"]; !own && !strings.HasPrefix(req.URL.Path, "/v1/payments/") {
		req.Header = header.Clone()
		req.Header.Set("Authorization", s.token.Header())
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("shop: %w", err)
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, fmt.Errorf("shop: %w", err)
	}
	return resp.StatusCode, reply, nil
}

// OrdersURL is where orders are placed, and ProductsURL where products are created.
func (s *Shop) OrdersURL() string { return s.order + "/v1/orders" }

// ProductsURL is where products are created.
func (s *Shop) ProductsURL() string { return s.product + "/v1/products" }

// CallbackURL is where the provider calls back.
func (s *Shop) CallbackURL() string { return s.order + "/v1/payments/standard/callback" }
