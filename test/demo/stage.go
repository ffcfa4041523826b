package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/stockonce/stockonce/app/paysim/standard"
	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// stage is a scratch folder with both services in it, each on a SQLite file and on
// ports of its own.
type stage struct {
	folder, secretFile string
	key                standard.Key
	order, product     *harness.Service
	shop               *shop.Shop
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
	s := &stage{folder: folder, secretFile: filepath.Join(folder, "standard.secret"), key: standard.NewKey()}
	if err := os.WriteFile(s.secretFile, []byte(s.key.Reveal()+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("write the webhook secret: %w", err)
	}
	if s.product, err = harness.NewService("product", filepath.Join(bin, "product"), folder, map[string]string{
		"STOCKONCE_DATABASE_DRIVER": "sqlite",
		"STOCKONCE_DATABASE_DSN":    s.productDB(),
	}); err != nil {
		return nil, fmt.Errorf("prepare product: %w", err)
	}
	if s.order, err = harness.NewService("order", filepath.Join(bin, "order"), folder, map[string]string{
		"STOCKONCE_DATABASE_DRIVER":  "sqlite",
		"STOCKONCE_DATABASE_DSN":     s.orderDB(),
		"STOCKONCE_PRODUCT_ENDPOINT": s.product.GRPC,
	}); err != nil {
		return nil, fmt.Errorf("prepare order: %w", err)
	}
	// A list of keys cannot be given by the environment.
	config := filepath.Join(folder, "order.yaml")
	keys := fmt.Sprintf("providers: {standard: {keys: [{id: demo, file: %q}]}}\n", s.secretFile)
	if err := os.WriteFile(config, []byte(keys), 0o600); err != nil {
		return nil, fmt.Errorf("write order's configuration: %w", err)
	}
	s.order.Args = []string{"--config", config}
	return s, nil
}

func (s *stage) orderDB() string   { return filepath.Join(s.folder, "order.db") }
func (s *stage) productDB() string { return filepath.Join(s.folder, "product.db") }

// open starts both services and waits until they are ready.
func (s *stage) open(ctx context.Context) (err error) {
	if s.shop, err = shop.New(s.order.HTTP, s.product.HTTP, s.key.Reveal()); err != nil {
		return fmt.Errorf("make the clients: %w", err)
	}
	for _, service := range []*harness.Service{s.product, s.order} {
		if err := service.Run(ctx); err != nil {
			return fmt.Errorf("start: %w", err)
		}
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
	if keep {
		fmt.Println("databases and logs are in", s.folder)
		return err
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
