package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"sync"

	"github.com/stockonce/stockonce/app/paysim/keyfile"
	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/identity"
	"github.com/stockonce/stockonce/test/harness/shop"
	"github.com/stockonce/stockonce/test/harness/wire"
)

func (s *scene) startServices(ctx context.Context) error {
	binaries, err := harness.Build(ctx, s.folder, false)
	if err != nil {
		return fmt.Errorf("start the services: %w", err)
	}
	if s.identity, err = identity.New(filepath.Join(s.folder, "identity")); err != nil {
		return fmt.Errorf("start the services: %w", err)
	}
	for _, name := range products {
		if err := s.prepare(name, binaries.Product, nil); err != nil {
			return err
		}
		front, err := s.wire("order:"+name, s.replicas[name].GRPC)
		if err != nil {
			return err
		}
		s.replicas[name].Set("STOCKONCE_SERVER_GRPC_ADVERTISE", front.Addr)
	}
	for _, name := range orders {
		own := maps.Clone(settings)
		maps.Copy(own, s.identity.OrderSettings())
		own["STOCKONCE_PRODUCT_ENDPOINT"] = s.wires["order:"+products[0]].Addr
		if err := s.prepare(name, binaries.Order, own); err != nil {
			return err
		}
	}
	if err := s.openProviders(); err != nil {
		return err
	}
	for _, name := range append(products, orders...) {
		r := s.replicas[name]
		if name == products[0] || name == orders[0] { // the others find the database there
			kind, _, _ := strings.Cut(name, "-")
			if err := r.Install(ctx, s.servers[kind+"-db"], database); err != nil {
				return fmt.Errorf("install %s: %w", name, err)
			}
		}
		if err := r.Run(ctx); err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
	}
	s.mindReplicas()
	return nil
}

// mindReplicas keeps all replicas running until the scene is closed.
func (s *scene) mindReplicas() {
	ctx, stop := context.WithCancel(context.Background())
	var minding sync.WaitGroup
	for _, r := range s.replicas {
		minding.Go(func() { r.mind(ctx) })
	}
	s.undo.Push(func() {
		stop()
		minding.Wait()
	})
}

// prepare makes a replica with a wire of its own to its database.
func (s *scene) prepare(name, binary string, own map[string]string) error {
	kind, _, _ := strings.Cut(name, "-")
	db := kind + "-db"
	toDB, err := s.wire(name+":"+db, s.commits[db].Addr)
	if err != nil {
		return err
	}
	env := map[string]string{
		"STOCKONCE_DATABASE_DRIVER":           "mysql",
		"STOCKONCE_DATABASE_MIGRATE_AT_START": "false",
		"STOCKONCE_DATABASE_DSN":              harness.ServiceDSN(toDB.Addr, database),
		"STOCKONCE_CONSUL_ADDRESS":            s.consul.Addr,
		"STOCKONCE_LOG_LEVEL":                 "warn",
	}
	maps.Copy(env, own)
	service, err := harness.NewService(name, binary, s.folder, env)
	if err != nil {
		return fmt.Errorf("prepare %s: %w", name, err)
	}
	if err := service.Trust(s.identity.Access(kind)); err != nil {
		return fmt.Errorf("prepare %s: %w", name, err)
	}
	s.undo.Push(service.Close)
	s.replicas[name] = &replica{Service: service, name: name}
	return nil
}

func (s *scene) wire(name string, targets ...string) (*wire.TCP, error) {
	w, err := wire.NewTCP(targets...)
	if err != nil {
		return nil, fmt.Errorf("wire %s: %w", name, err)
	}
	s.undo.Push(w.Close)
	s.wires[name] = w
	return w, nil
}

// http are the addresses that replicas serve HTTP at.
func (s *scene) http(replicas []string) (all []string) {
	for _, name := range replicas {
		all = append(all, s.replicas[name].HTTP)
	}
	return all
}

// openProviders opens the wires that callbacks and customers come in by, the
// providers, and tells order of them.
func (s *scene) openProviders() error {
	callback, err := s.wire("provider:order", s.http(orders)...)
	if err != nil {
		return err
	}
	toOrder, err := s.wire("customer:order", s.http(orders)...)
	if err != nil {
		return err
	}
	toProduct, err := s.wire("customer:product", s.http(products)...)
	if err != nil {
		return err
	}
	if s.shop, err = shop.New(toOrder.Addr, toProduct.Addr, shop.Secret, s.identity.Operator()); err != nil {
		return fmt.Errorf("open the shop: %w", err)
	}
	port, err := harness.FreePort()
	if err != nil {
		return fmt.Errorf("open the providers: %w", err)
	}
	keys, err := keyset.New()
	if err != nil {
		return fmt.Errorf("open the providers: %w", err)
	}
	place := keyfile.Place{Dir: filepath.Join(s.folder, "keys"), API: "http://" + harness.Local(port), Callback: "http://" + callback.Addr}
	if err := keys.Write(place); err != nil {
		return fmt.Errorf("open the providers: %w", err)
	}
	config := strings.ReplaceAll(keys.Config(place), "timeout: 10s", "timeout: 1s") + orderSettings
	for _, name := range orders {
		if err := s.replicas[name].Configure(config); err != nil {
			return err
		}
	}
	all, stop, err := openProviders(keys, harness.Local(port), place.Callback, s.ledger)
	if err != nil {
		return err
	}
	s.providers = all
	s.undo.Push(func() {
		if err := stop(); err != nil && !errors.Is(err, context.Canceled) {
			s.ledger.faultf("the providers: %v", err)
		}
	})
	return nil
}
