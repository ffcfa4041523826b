package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/stockonce/stockonce/app/paysim/keyfile"
	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/identity"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// stage is a scratch folder with both services in it, each on a SQLite file and on
// ports of its own, and all payment providers, played by this process.
type stage struct {
	folder         string
	keys           *keyset.Set
	identity       *identity.Authority
	order, product *harness.Service
	// api is where the providers are served, as host:port.
	api       string
	providers *providers // once open
	shop      *shop.Shop
}

// pace is how fast the world around both services turns. The zero value is the real one.
type pace struct {
	// repeats divides the pauses after which providers send a callback again.
	repeats int
	// settings are laid over order's.
	settings string
}

// newStage prepares everything and starts nothing.
func newStage(bin string) (_ *stage, err error) {
	folder, err := os.MkdirTemp("", "stockonce-demo-")
	if err != nil {
		return nil, fmt.Errorf("make the scratch folder: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	s := &stage{folder: folder}
	port, err := harness.FreePort()
	if err != nil {
		return nil, fmt.Errorf("prepare the providers: %w", err)
	}
	s.api = harness.Local(port)
	if s.identity, err = identity.New(filepath.Join(folder, "identity")); err != nil {
		return nil, fmt.Errorf("make identities: %w", err)
	}
	if s.product, err = harness.NewService("product", filepath.Join(bin, "product"), folder, map[string]string{
		"STOCKONCE_DATABASE_DRIVER": "sqlite",
		"STOCKONCE_DATABASE_DSN":    s.productDB(),
	}); err != nil {
		return nil, fmt.Errorf("prepare product: %w", err)
	}
	if s.order, err = harness.NewService("order", filepath.Join(bin, "order"), folder, nil); err != nil {
		return nil, fmt.Errorf("prepare order: %w", err)
	}
	if s.keys, err = keyset.New(); err != nil {
		return nil, fmt.Errorf("make the keys of the providers: %w", err)
	}
	return s, nil
}

// customer is who the storefront's token speaks of.
const customer = "ann"

// storefront is a token for that customer's own orders.
func (s *stage) storefront() identity.Bearer { return s.identity.Token(customer, "storefront") }

func (s *stage) orderDB() string   { return filepath.Join(s.folder, "order.db") }
func (s *stage) productDB() string { return filepath.Join(s.folder, "product.db") }
func (s *stage) keysDir() string   { return filepath.Join(s.folder, "keys") }

// open starts everything and waits until it is ready.
func (s *stage) open(ctx context.Context, p pace) (err error) {
	if err := s.configure(p); err != nil {
		return err
	}
	if s.shop, err = shop.New(s.order.HTTP, s.product.HTTP, shop.Secret, s.identity.Operator()); err != nil {
		return fmt.Errorf("make the clients: %w", err)
	}
	if s.providers, err = openProviders(s.keys, s.api, "http://"+s.order.HTTP, p.repeats); err != nil {
		return err
	}
	for _, service := range []*harness.Service{s.product, s.order} {
		if err := service.Run(ctx); err != nil {
			return fmt.Errorf("start: %w", err)
		}
	}
	return nil
}

// configure writes the keys, and configurations that are all that the services'
// commands need to be told as well.
func (s *stage) configure(p pace) error {
	for name, service := range map[string]*harness.Service{"order": s.order, "product": s.product} {
		if err := service.Trust(s.identity.Access(name)); err != nil {
			return fmt.Errorf("write whom %s believes: %w", name, err)
		}
	}
	place := keyfile.Place{Dir: s.keysDir(), API: "http://" + s.api, Callback: "http://" + s.order.HTTP}
	if err := s.keys.Write(place); err != nil {
		return fmt.Errorf("write the keys of the providers: %w", err)
	}
	own := fmt.Sprintf("database: {driver: sqlite, dsn: %q}\nproduct: {endpoint: %q, token: %s}\n",
		s.orderDB(), s.product.GRPC, s.identity.OrderToken())
	if err := s.order.Configure(s.keys.Config(place) + own + p.settings); err != nil {
		return fmt.Errorf("write order's configuration: %w", err)
	}
	return nil
}

// close ends what runs, in order, and removes the folder unless it is to be kept.
func (s *stage) close(keep bool) error {
	// Not the caller's context: that has ended when somebody pressed Ctrl-C.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var stops errgroup.Group
	for _, service := range []*harness.Service{s.order, s.product} {
		if service.Process != nil {
			stops.Go(func() error { return service.Terminate(ctx) })
		}
	}
	err := stops.Wait()
	if s.providers != nil {
		err = errors.Join(err, s.providers.close())
	}
	if keep {
		fmt.Println("databases, keys and logs are in", s.folder)
		return err
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
