package main

import (
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/internal/platform/config"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/internal/platform/health"
	"github.com/stockonce/stockonce/app/product/configs"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/product/internal/conf"
)

func load(t *testing.T, environ ...string) *config.Live[*conf.Bootstrap] {
	t.Helper()
	s := spec()
	live, err := config.Load(config.Settings[*conf.Bootstrap]{
		Defaults: s.Defaults, New: s.New, Validate: s.Validate, Environ: environ, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return live
}

func TestWithoutAnyConfigurationItRunsAloneOnSQLiteAndOnLocalPortsOnly(t *testing.T) {
	c := load(t).Current()
	for name, got := range map[string]string{
		"127.0.0.1:8001": c.GetServer().GetHttp().GetAddr(),
		"127.0.0.1:9001": c.GetServer().GetGrpc().GetAddr(),
		"127.0.0.1:8081": c.GetServer().GetOps().GetAddr(),
		"sqlite":         c.GetDatabase().GetDriver(),
		"product.db":     c.GetDatabase().GetDsn(),
		"":               c.GetConsul().GetAddress(),
	} {
		if got != name {
			t.Errorf("configured is %q, want %q", got, name)
		}
	}
	if !c.GetDatabase().GetMigrateAtStart() || c.GetServer().GetGrpcReflection() {
		t.Error("migrations at start should be on, reflection off")
	}
}

func TestTheShippedConfigurationShowsEverySetting(t *testing.T) {
	var walk func(message protoreflect.MessageDescriptor)
	walk = func(message protoreflect.MessageDescriptor) {
		for i := range message.Fields().Len() {
			field := message.Fields().Get(i)
			if !strings.Contains(string(configs.Default), field.JSONName()+":") {
				t.Errorf("%s is not in config.yaml", field.FullName())
			}
			if field.Message() != nil && strings.HasPrefix(string(field.Message().FullName()), "stockonce.") {
				walk(field.Message())
			}
		}
	}
	walk((&conf.Bootstrap{}).ProtoReflect().Descriptor())
}

func TestTheServiceIsPutTogether(t *testing.T) {
	rt := &boot.Runtime[*conf.Bootstrap]{
		Config: load(t, "STOCKONCE_SERVER_HTTP_ADDR=127.0.0.1:0", "STOCKONCE_SERVER_GRPC_ADDR=127.0.0.1:0"),
		Logger: slog.New(slog.DiscardHandler),
		DB:     dbtest.SQLite(t, migrations.Files),
		Health: health.NewState(),
	}
	app, cleanup, err := build(rt)
	if err != nil {
		t.Fatal(err)
	}
	defer cleanup()
	if app.HTTP == nil || app.GRPC == nil {
		t.Fatalf("servers are missing: %+v", app)
	}
	registered := app.GRPC.GetServiceInfo()
	for _, name := range []string{"stockonce.product.v1.ProductService", "stockonce.product.v1.StockService"} {
		if _, ok := registered[name]; !ok {
			t.Errorf("%s is not served over gRPC", name)
		}
	}
}
