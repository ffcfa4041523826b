package test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness/identity"
)

// bad is a request that must be refused, and with which status.
type bad struct {
	name   string
	method string // empty means POST
	url    string
	header http.Header
	body   []byte
	want   int
	// field is what the answer must name; empty means nothing in particular.
	field string
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// badRequests are all wrong in one way each.
func badRequests(w *world) []bad {
	const good = `{"requestId":"r","customer":"c","lines":[{"sku":"A","quantity":"1"}]}`
	order := func(name, body, field string) bad {
		return bad{name: name, url: w.OrdersURL(), header: jsonHeader(), body: []byte(body), want: 400, field: field}
	}
	product := func(name, body, field string) bad {
		return bad{name: name, url: w.ProductsURL(), header: jsonHeader(), body: []byte(body), want: 400, field: field}
	}
	signed := w.SignBody([]byte(`{"transactionId":"t","orderNumber":"o","amount":1,"currency":"CNY","state":"paid"}`))
	megabyte := bytes.Repeat([]byte{' '}, 1<<20)
	large := slices.Concat(megabyte, []byte(good))
	largeNotice := w.SignBody(megabyte)
	return []bad{
		{name: "a query parameter beside a body", url: w.OrdersURL() + "?customer=other", header: jsonHeader(), body: []byte(good), want: 400},
		{name: "a query parameter beside a signed body", url: w.CallbackURL() + "?amount=1", header: signed.Header, body: signed.Body, want: 400},
		{name: "an unknown query parameter", method: http.MethodGet, url: w.OrdersURL() + "?nonsense=1", want: 400, field: "nonsense"},
		order("an unknown field", `{"requestId":"r","customer":"c","lines":[{"sku":"A","quantity":"1"}],"discount":"5"}`, "discount"),
		order("a field twice", `{"requestId":"r","requestId":"r","customer":"c","lines":[{"sku":"A","quantity":"1"}]}`, ""),
		order("a missing field", `{"customer":"c","lines":[{"sku":"A","quantity":"1"}]}`, "requestId"),
		order("no lines", `{"requestId":"r","customer":"c"}`, "lines"),
		order("a quantity of zero", `{"requestId":"r","customer":"c","lines":[{"sku":"A","quantity":"0"}]}`, "lines[0].quantity"),
		order("a quantity below zero", `{"requestId":"r","customer":"c","lines":[{"sku":"A","quantity":"-1"}]}`, "lines[0].quantity"),
		order("a quantity that is no integer", `{"requestId":"r","customer":"c","lines":[{"sku":"A","quantity":1.5}]}`, "quantity"),
		order("a quantity beyond 64 bits", `{"requestId":"r","customer":"c","lines":[{"sku":"A","quantity":"9223372036854775808"}]}`, "quantity"),
		order("a SKU code with a space", `{"requestId":"r","customer":"c","lines":[{"sku":"A B","quantity":"1"}]}`, "lines[0].sku"),
		order("a SKU that is not sold", `{"requestId":"r","customer":"c","lines":[{"sku":"NOSUCH","quantity":"1"}]}`, "NOSUCH"),
		order("half a body", `{"requestId":"r",`, ""),
		order("no body", ``, ""),
		product("a price of zero", `{"name":"n","skus":[{"code":"X","price":"0","currency":"CNY","openingStock":"1"}]}`, "skus[0].price"),
		product("stock below zero", `{"name":"n","skus":[{"code":"X","price":"1","currency":"CNY","openingStock":"-1"}]}`, "skus[0].openingStock"),
		product("a currency in small letters", `{"name":"n","skus":[{"code":"X","price":"1","currency":"cny","openingStock":"1"}]}`, "skus[0].currency"),
		{name: "XML", url: w.OrdersURL(), header: http.Header{"Content-Type": {"application/xml"}}, body: []byte(`<order/>`), want: 415},
		{name: "a form", url: w.OrdersURL(), header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, body: []byte(`customer=c`), want: 415},
		{name: "protobuf", url: w.OrdersURL(), header: http.Header{"Content-Type": {"application/proto"}}, body: []byte{10, 1, 'r'}, want: 415},
		{name: "a missing content type", url: w.OrdersURL(), header: http.Header{}, body: []byte(good), want: 415},
		{name: "a body above 1 MiB", url: w.OrdersURL(), header: jsonHeader(), body: large, want: 413},
		{name: "a callback of 1 MiB", url: w.CallbackURL(), header: largeNotice.Header, body: largeNotice.Body, want: 413},
		{name: "a callback without a signature", url: w.CallbackURL(), header: jsonHeader(), body: signed.Body, want: 401},
		{name: "a callback of an unknown provider", url: strings.Replace(w.CallbackURL(), "standard", "nobody", 1), header: signed.Header, body: signed.Body, want: 404},
		{name: "an unknown path", method: http.MethodGet, url: w.OrdersURL() + "/a/b", want: 404},
		{name: "a debug path", method: http.MethodGet, url: strings.TrimSuffix(w.OrdersURL(), "/v1/orders") + "/debug/pprof/", want: 404},
		{name: "another method", method: http.MethodPut, url: w.OrdersURL(), header: jsonHeader(), body: []byte(good), want: 405},
		{name: "headers above all limits", method: http.MethodGet, url: w.OrdersURL(), header: http.Header{"X-Large": {strings.Repeat("x", 1<<20)}}, want: 431},
	}
}

func TestBadRequestsAreRefusedAndNothingIsStored(t *testing.T) {
	w := start(t, nil)
	ctx := within(t, time.Minute)
	w.stock(ctx, t, 5, "A")
	for _, b := range badRequests(w) {
		t.Run(b.name, func(t *testing.T) {
			status, body, err := w.sendBad(ctx, b)
			if err != nil {
				t.Fatal(err)
			}
			if status != b.want {
				t.Errorf("status %d, want %d: %s", status, b.want, body)
			}
			if b.field == "" {
				return
			}
			var answer struct{ Reason, Message string }
			if err := json.Unmarshal(body, &answer); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if answer.Reason == "" || !strings.Contains(answer.Message, b.field) {
				t.Errorf("answer %+v does not name %s", answer, b.field)
			}
		})
	}
	books := w.settle(ctx, t)
	if len(books.Orders)+len(books.Payments) > 0 || len(books.SKUs) != 1 {
		t.Errorf("stored: %d orders, %d payments, %d SKUs", len(books.Orders), len(books.Payments), len(books.SKUs))
	}
}

func (w *world) sendBad(ctx context.Context, b bad) (int, []byte, error) {
	method := b.method
	if method == "" {
		method = http.MethodPost
	}
	header := b.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	return w.Send(ctx, method, b.url, header, bytes.NewReader(b.body))
}

// TestSlowBodiesAreCutOffAndHurtNobody opens many requests whose bodies never end: of
// callers who are known, and are waited for, and of others, who are not.
func TestSlowBodiesAreCutOffAndHurtNobody(t *testing.T) {
	w := start(t, nil)
	ctx := within(t, time.Minute)
	o := w.place(ctx, t, 5, "A")
	type ended struct {
		known  bool
		answer string
		after  time.Duration
	}
	const n = 50
	results := make(chan ended, n)
	for i := range n {
		go func() {
			begin, known, token := time.Now(), i%2 == 0, identity.Bearer("nobody's")
			if known {
				token = w.identity.Operator()
			}
			answer, err := slowBody(ctx, w.order.HTTP, token)
			if err != nil {
				answer = err.Error()
			}
			results <- ended{known, answer, time.Since(begin)}
		}()
	}
	if _, err := w.Deliver(ctx, w.Paid(o)); err != nil {
		t.Error(err)
	}
	w.wantStatus(ctx, t, o.Number, "FULFILLED")
	for range n {
		r, want, within := <-results, " 401 ", 5*time.Second
		if r.known {
			want, within = " 408 ", 20*time.Second
		}
		if !strings.Contains(r.answer, want) || r.after > within {
			t.Errorf("a slow body ended after %s with %q, want%s", r.after, r.answer, want)
		}
	}
}

// slowBody sends a byte of a body now and then and returns the first line of the answer.
func slowBody(ctx context.Context, addr string, token identity.Bearer) (string, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return "", err
	}
	fmt.Fprintf(conn, "POST /v1/orders HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{", addr, token.Header())
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if _, err := io.WriteString(conn, " "); err != nil {
					return
				}
			case <-stop:
				return
			}
		}
	}()
	line, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(line), err
}
