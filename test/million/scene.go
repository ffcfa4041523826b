//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/paysim/keyfile"
	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/app/paysim/sim"
	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/damage"
	"github.com/stockonce/stockonce/test/harness/identity"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// scene is both services on databases of their own, with all payment providers.
type scene struct {
	order, product *harness.Service
	place          damage.Place
}

// openScene prepares everything below folder; open closes it.
func openScene(ctx context.Context, folder string, open *harness.Stack) (*scene, error) {
	binaries, err := harness.Build(ctx, folder, false)
	if err != nil {
		return nil, err
	}
	mysql, err := harness.StartMySQL(ctx, binaries.WithMySQL, folder)
	if err != nil {
		return nil, err
	}
	open.Push(func() { _ = mysql.Stop() })
	authority, err := identity.New(filepath.Join(folder, "identity"))
	if err != nil {
		return nil, err
	}
	s := &scene{}
	service := func(name, binary string, settings map[string]string) (*harness.Service, error) {
		service, err := harness.NewService(name, binary, folder, settings)
		if err != nil {
			return nil, err
		}
		open.Push(service.Close)
		service.Set("STOCKONCE_DATABASE_DRIVER", "mysql")
		service.Set("STOCKONCE_DATABASE_DSN", harness.ServiceDSN(mysql.Addr(), "many_"+name))
		if err := service.Trust(authority.Access(name)); err != nil {
			return nil, err
		}
		return service, service.Install(ctx, mysql, "many_"+name)
	}
	if s.product, err = service("product", binaries.Product, nil); err != nil {
		return nil, err
	}
	settings := authority.OrderSettings()
	settings["STOCKONCE_PRODUCT_ENDPOINT"] = s.product.GRPC
	settings["STOCKONCE_RECONCILIATION_EVERY"] = "0s"
	settings["STOCKONCE_RECONCILIATION_FULL_EVERY"] = "0s"
	if s.order, err = service("order", binaries.Order, settings); err != nil {
		return nil, err
	}
	if s.place.Order, err = audit.OpenMySQL(mysql.DSN("many_order")); err != nil {
		return nil, err
	}
	if s.place.Product, err = audit.OpenMySQL(mysql.DSN("many_product")); err != nil {
		return nil, err
	}
	s.place.Shop, err = shop.New(s.order.HTTP, s.product.HTTP, shop.Secret, authority.Operator())
	if err != nil {
		return nil, err
	}
	return s, s.openProviders(folder, open)
}

// openProviders plays the payment providers.
func (s *scene) openProviders(folder string, open *harness.Stack) error {
	keys, err := keyset.New()
	if err != nil {
		return fmt.Errorf("make the providers' keys: %w", err)
	}
	callback := "http://" + s.order.HTTP
	if s.place.Sim, err = sim.New(sim.Options{Dialects: keys.Dialects(), Callback: callback, Speed: 100}); err != nil {
		return fmt.Errorf("open the providers: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("open the providers: %w", err)
	}
	server := &http.Server{Handler: s.place.Sim, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.place.Sim.Run(ctx) }()
	open.Push(func() { stop(); <-done; _ = server.Close() })
	place := keyfile.Place{Dir: filepath.Join(folder, "keys"), API: "http://" + listener.Addr().String(), Callback: callback}
	if err := keys.Write(place); err != nil {
		return fmt.Errorf("write the providers' keys: %w", err)
	}
	return s.order.Configure(keys.Config(place))
}

// run starts both services.
func (s *scene) run(ctx context.Context) error {
	for _, service := range []*harness.Service{s.product, s.order} {
		if err := service.Run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// pass is what `order reconcile --json` prints.
type pass struct {
	Orders, SKUs, Moving, Found, Repaired int
	Findings                              []struct{ Kind, Ref string }
}

// pass compares everything, tells time and memory, and wants the findings given.
func (s *scene) pass(ctx context.Context, name string, want []string, flags ...string) (p pass, err error) {
	began := time.Now()
	watch := s.watchMemory()
	args := []string{"reconcile", "--full", "--json", "--stuck-after", patience.String(), "--unchanged-for", "0s"}
	out, peak, code, err := s.order.Measure(ctx, append(args, flags...)...)
	services := watch()
	if err != nil {
		return p, err
	}
	at := strings.Index(out, "{\n")
	if at < 0 || code != map[bool]int{true: 3}[len(want) > 0] {
		return p, fmt.Errorf("reconcile ended with %d: %s", code, out)
	}
	if err := json.NewDecoder(strings.NewReader(out[at:])).Decode(&p); err != nil {
		return p, fmt.Errorf("%w: %s", err, out)
	}
	fmt.Printf("%-8s %7d orders, %4d SKUs: %d found in %s, at most %s resident; services at most %s\n",
		name, p.Orders, p.SKUs, p.Found, time.Since(began).Round(100*time.Millisecond), mib(peak), services)
	return p, p.check(want)
}

// watchMemory notes how much memory the services have resident, until the returned
// function tells the most of each.
func (s *scene) watchMemory() func() string {
	stop, told := make(chan struct{}), make(chan string)
	go func() {
		var order, product int64
		for {
			if n, err := s.order.Memory(); err == nil {
				order = max(order, n)
			}
			if n, err := s.product.Memory(); err == nil {
				product = max(product, n)
			}
			select {
			case <-time.After(100 * time.Millisecond):
			case <-stop:
				told <- fmt.Sprintf("order %s, product %s", mib(order), mib(product))
				return
			}
		}
	}()
	return func() string { close(stop); return <-told }
}

func mib(bytes int64) string { return fmt.Sprintf("%d MiB", bytes>>20) }
