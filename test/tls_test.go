package test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/identity"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// tokenFile has order show product the token that is in the file.
func (w *world) tokenFile(t *testing.T, token identity.Bearer) (file string) {
	t.Helper()
	w.order.Unset(slices.Collect(maps.Keys(w.identity.OrderSettings()))...)
	file = filepath.Join(t.TempDir(), "token")
	w.order.Set("STOCKONCE_PRODUCT_TOKEN_FILE", file)
	writeToken(t, file, token)
	return file
}

func writeToken(t *testing.T, file string, token identity.Bearer) {
	t.Helper()
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run starts both services.
func (w *world) run(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, s := range []interface{ Run(context.Context) error }{w.product, w.order} {
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// paidButRefused pays the order and waits until product has refused to take its stock
// because of who asked, and the order still waits for it.
func (w *world) paidButRefused(ctx context.Context, t *testing.T, o shop.Order, because string) {
	t.Helper()
	if _, err := w.Deliver(ctx, w.Paid(o)); err != nil {
		t.Fatal(err)
	}
	w.await(ctx, t, func(ctx context.Context) error {
		var last string
		err := w.orderDB.QueryRowContext(ctx,
			"SELECT last_error FROM tasks WHERE kind = 'deduct' AND ref = ? AND state = 'pending' AND attempt > 1", o.Number).Scan(&last)
		if err == nil && !strings.Contains(last, because) {
			err = fmt.Errorf("the task failed with %q, not with %s", last, because)
		}
		return err
	})
	books, err := audit.Read(ctx, w.orderDB, w.productDB)
	if err != nil {
		t.Fatal(err)
	}
	if len(books.Deductions) != 0 {
		t.Errorf("%d deductions for somebody who may not", len(books.Deductions))
	}
	keepsInvariants(t, books)
}

// TestOnlyOrderTakesStockWithAToken has order show another program's token first.
func TestOnlyOrderTakesStockWithAToken(t *testing.T) {
	t.Parallel()
	w := prepare(t, nil)
	ctx := within(t, time.Minute)
	file := w.tokenFile(t, w.identity.Token("warehouse", "service"))
	w.run(ctx, t)
	o := w.place(ctx, t, 1, "A")
	w.paidButRefused(ctx, t, o, "PERMISSION_DENIED")
	writeToken(t, file, w.identity.Order())
	w.wantStatus(ctx, t, o.Number, "FULFILLED")
	w.settle(ctx, t)
}

// encrypted is a world in which everything but the database is spoken to over TLS, and
// product knows order by its certificate.
type encrypted struct {
	*world
	servers, clients       *identity.CA
	orderHTTP, productHTTP identity.Pair
	productGRPC, shown     identity.Pair
}

// prepareEncrypted starts nothing. Order shows a certificate of the name.
func prepareEncrypted(t *testing.T, name string) *encrypted {
	t.Helper()
	e := &encrypted{world: prepare(t, nil)}
	folder := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	e.servers, err = identity.NewCA(folder, "servers")
	must(err)
	e.clients, err = identity.NewCA(folder, "clients")
	must(err)
	for _, p := range []*identity.Pair{&e.orderHTTP, &e.productHTTP, &e.productGRPC} {
		*p, err = e.servers.Issue(fmt.Sprintf("server-%d", time.Now().UnixNano()), "127.0.0.1")
		must(err)
	}
	e.shown, err = e.clients.Issue(name)
	must(err)
	set := func(s interface{ Set(key, value string) }, prefix string, p identity.Pair) {
		s.Set(prefix+"_CERT_FILE", p.Cert)
		s.Set(prefix+"_KEY_FILE", p.Key)
	}
	set(e.order, "STOCKONCE_SERVER_HTTP_TLS", e.orderHTTP)
	set(e.product, "STOCKONCE_SERVER_HTTP_TLS", e.productHTTP)
	set(e.product, "STOCKONCE_SERVER_GRPC_TLS", e.productGRPC)
	e.product.Set("STOCKONCE_SERVER_GRPC_TLS_CLIENT_CA_FILE", e.clients.File)
	e.product.Set("STOCKONCE_SERVER_GRPC_TLS_REQUIRE_CLIENT_CERT", "true")
	must(e.product.Trust(e.identity.Access("product") +
		"  certificates:\n    - {name: order.internal, subject: order, roles: [service]}\n" +
		"    - {name: warehouse.internal, subject: warehouse, roles: [service]}\n"))

	e.order.Unset(slices.Collect(maps.Keys(e.identity.OrderSettings()))...)
	e.order.Set("STOCKONCE_PRODUCT_ENDPOINT", e.product.GRPC) // the proxy reads plain gRPC
	set(e.order, "STOCKONCE_PRODUCT_TLS", e.shown)
	e.order.Set("STOCKONCE_PRODUCT_TLS_CA_FILE", e.servers.File)
	e.Encrypt(e.servers.Client())
	return e
}

// TestOnlyOrderTakesStockWithACertificate has order show another program's first.
func TestOnlyOrderTakesStockWithACertificate(t *testing.T) {
	t.Parallel()
	e := prepareEncrypted(t, "warehouse.internal")
	ctx := within(t, time.Minute)
	e.run(ctx, t)
	o := e.place(ctx, t, 1, "A")
	e.paidButRefused(ctx, t, o, "PERMISSION_DENIED")

	// A connection keeps the certificate that it began with.
	if err := e.clients.IssueTo(e.shown, "order.internal"); err != nil {
		t.Fatal(err)
	}
	if err := e.order.Terminate(ctx); err != nil {
		t.Fatal(err)
	}
	if err := e.order.Run(ctx); err != nil {
		t.Fatal(err)
	}
	e.wantStatus(ctx, t, o.Number, "FULFILLED")
	e.settle(ctx, t)
}

// TestAStrangersCertificateReachesNothing has order show one that no authority of
// product's signed: not even prices are told.
func TestAStrangersCertificateReachesNothing(t *testing.T) {
	t.Parallel()
	e := prepareEncrypted(t, "order.internal")
	ctx := within(t, time.Minute)
	strangers, err := identity.NewCA(t.TempDir(), "strangers")
	if err != nil {
		t.Fatal(err)
	}
	if err := strangers.IssueTo(e.shown, "order.internal"); err != nil {
		t.Fatal(err)
	}
	e.run(ctx, t)
	e.stock(ctx, t, 1, "A")
	_, err = e.Place(ctx, oneOf("A"))
	var answer *shop.StatusError
	if !errors.As(err, &answer) || answer.Status != 503 {
		t.Errorf("an order was placed without prices, or refused for good: %v", err)
	}
}

// TestCertificatesAreChangedWhileOrdersArePaid changes all of them, and the authority
// of clients, under a shop that makes a new connection for every request.
func TestCertificatesAreChangedWhileOrdersArePaid(t *testing.T) {
	t.Parallel()
	e := prepareEncrypted(t, "order.internal")
	ctx := within(t, 2*time.Minute)
	e.run(ctx, t)
	e.stock(ctx, t, 100_000, "A")

	sales := e.sell(ctx, 4)
	listeners := map[string]identity.Pair{e.order.HTTP: e.orderHTTP, e.product.HTTP: e.productHTTP, e.product.GRPC: e.productGRPC}
	for range 3 {
		before := map[string]*big.Int{}
		for addr, files := range listeners {
			before[addr] = e.serial(ctx, t, addr)
			if err := e.servers.IssueTo(files, "new", "127.0.0.1"); err != nil {
				t.Fatal(err)
			}
		}
		for addr := range listeners {
			e.await(ctx, t, func(ctx context.Context) error {
				if e.serial(ctx, t, addr).Cmp(before[addr]) == 0 {
					return fmt.Errorf("%s still serves the old certificate", addr)
				}
				return nil
			})
		}
	}
	e.await(ctx, t, func(context.Context) error { return sales.enough(30) })
	orders, err := sales.end()
	if err != nil {
		t.Fatalf("after %d orders: %v", len(orders), err)
	}
	for _, o := range orders {
		e.wantStatus(ctx, t, o.Number, "FULFILLED")
	}
	t.Logf("%d orders were placed and paid meanwhile", len(orders))

	// The old authority of clients signs for nobody any more, and order shows a
	// certificate of the new one, once it has to make a connection.
	next, err := identity.NewCA(t.TempDir(), "next")
	if err != nil {
		t.Fatal(err)
	}
	if err := next.IssueTo(e.shown, "order.internal"); err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(next.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(e.clients.File, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := e.product.Terminate(ctx); err != nil {
		t.Fatal(err)
	}
	if err := e.product.Run(ctx); err != nil {
		t.Fatal(err)
	}
	o := e.placed(ctx, t, "A")
	if _, err := e.Deliver(ctx, e.Paid(o)); err != nil {
		t.Fatal(err)
	}
	e.wantStatus(ctx, t, o.Number, "FULFILLED")
	e.settle(ctx, t)
}

// sales are orders that are placed and paid, one after the other by each seller, until
// a request fails.
type sales struct {
	stop    context.CancelFunc
	sellers sync.WaitGroup

	mu     sync.Mutex
	orders []shop.Order
	failed error
}

func (w *world) sell(ctx context.Context, sellers int) *sales {
	open, stop := context.WithCancel(ctx)
	s := &sales{stop: stop}
	for range sellers {
		s.sellers.Go(func() {
			for open.Err() == nil {
				o, err := w.Place(ctx, oneOf("A"))
				if err == nil {
					err = w.payOnce(ctx, o)
				}
				if err != nil {
					stop()
				}
				s.mu.Lock()
				s.orders, s.failed = append(s.orders, o), errors.Join(s.failed, err)
				s.mu.Unlock()
			}
		})
	}
	return s
}

// enough fails while there were fewer, unless a request has failed.
func (s *sales) enough(n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil && len(s.orders) < n {
		return fmt.Errorf("%d of %d orders", len(s.orders), n)
	}
	return nil
}

// end returns the orders, and the requests that failed.
func (s *sales) end() ([]shop.Order, error) {
	s.stop()
	s.sellers.Wait()
	return s.orders, s.failed
}

// payOnce pays an order with one callback over TLS, which must be taken.
func (w *world) payOnce(ctx context.Context, o shop.Order) error {
	signed, err := w.Sign(w.Paid(o))
	if err != nil {
		return err
	}
	status, err := w.Call(ctx, signed)
	if err == nil && status != 200 {
		err = fmt.Errorf("the callback was answered with %d", status)
	}
	return err
}

// serial is the number of the certificate that a listener serves now.
func (e *encrypted) serial(ctx context.Context, t *testing.T, addr string) *big.Int {
	t.Helper()
	config := e.servers.Client()
	config.NextProtos = []string{"h2", "http/1.1"}
	// Clients without a certificate get this far: with TLS 1.3 they are refused after.
	conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber
}
