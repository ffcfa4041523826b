package boot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/go-kratos/kratos/v2"
	"github.com/go-kratos/kratos/v2/registry"
	"github.com/go-kratos/kratos/v2/transport"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/config"
	"github.com/stockonce/stockonce/app/internal/platform/consul"
	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/health"
	"github.com/stockonce/stockonce/app/internal/platform/logging"
	"github.com/stockonce/stockonce/app/internal/platform/telemetry"
	"github.com/stockonce/stockonce/app/internal/platform/worker"
)

// flushTimeout is how long the last spans may take to be sent.
const flushTimeout = 5 * time.Second

// cleanup is a list of things to undo, the last one first.
type cleanup []func() error

func (c *cleanup) add(f func() error) { *c = append(*c, f) }

func (c *cleanup) run() (err error) {
	for _, f := range slices.Backward(*c) {
		err = errors.Join(err, f())
	}
	return err
}

// serve runs the service until it is told to stop. The order of the end is: not
// ready; out of the registry; drain delay; HTTP and gRPC take no more and finish
// what they have; workers; ops; what Build made; database; telemetry.
func serve[C config.Message](s Spec[C], file string, p process) (err error) {
	var undo cleanup
	defer func() { err = errors.Join(err, undo.run()) }()

	level := new(slog.LevelVar)
	logger := logging.New(p.stderr, s.Name, s.Version, level)
	slog.SetDefault(logger)

	live, err := load(s, file, p, logger)
	if err != nil {
		return err
	}
	agent, err := follow(s, live, level, &undo)
	if err != nil {
		return err
	}
	// From here on what needs a restart is as it was now.
	cfg := live.Current()
	id := s.Name + "-" + rand.Text()[:10]

	tel, err := telemetry.Setup(context.Background(), cfg.GetTelemetry(), s.Name, s.Version, id)
	if err != nil {
		return err
	}
	undo.add(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
		defer cancel()
		if err := tel.Shutdown(ctx); err != nil {
			logger.Warn("telemetry was not flushed", "error", err) // lost spans fail nothing
		}
		return nil
	})
	db, checks, err := openDatabase(cfg.GetDatabase(), tel, &undo)
	if err != nil {
		return err
	}
	sch := &schema{db: db, files: s.Migrations, auto: cfg.GetDatabase().GetMigrateAtStart(), name: s.Name, logger: logger}
	if err := sch.settle(context.Background()); errors.Is(err, errDown) {
		logger.Warn("starting without the database", "error", err)
	} else if err != nil {
		return err
	}
	state := health.NewState(append(checks, sch.check())...)

	state.Observe(func(check string, err error) {
		if err != nil {
			logger.Error("not ready", "check", check, "error", err)
		} else {
			logger.Info("ready again", "check", check)
		}
	})

	rt := &Runtime[C]{Config: live, Logger: logger, DB: db, Health: state}
	d := &drainer{logger: logger, state: state, delay: cfg.GetServer().GetDrainDelay().AsDuration()}
	if agent != nil {
		rt.Discovery, d.inner = agent.Discovery(logger), agent.Registrar(logger)
	}
	app, done, err := s.Build(rt)
	if done != nil {
		undo.add(func() error { done(); return nil })
	}
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	op, err := newOps(cfg.GetServer().GetOps().GetAddr(), opsMux(s.Name, s.Version, state, tel.Handler()), logger)
	if err != nil {
		return err
	}
	app.Workers = append(app.Workers, worker.NewServer(logger, sch.loop(), watchHealth(state)))
	return start(s.Name, s.Version, id, cfg.GetServer(), app, op, d, logger, p)
}

// follow puts Consul's documents over the configuration, and the log level into
// force. It returns nil when no Consul is configured.
func follow[C config.Message](s Spec[C], live *config.Live[C], level *slog.LevelVar, undo *cleanup) (*consul.Agent, error) {
	set := func(_, c C) {
		if l, err := logging.Level(c.GetLog().GetLevel()); err == nil { // its rule was checked
			level.Set(l)
		}
	}
	set(live.Current(), live.Current())
	live.Subscribe(set)
	if live.Current().GetConsul().GetAddress() == "" {
		return nil, nil //nolint:nilnil // as documented
	}
	agent, err := consul.Connect(live.Current().GetConsul())
	if err != nil {
		return nil, err
	}
	kv, err := agent.KV("stockonce/" + s.Name + "/")
	if err != nil {
		return nil, err
	}
	stop := live.Follow(kv)
	undo.add(func() error { stop(); return nil })
	return agent, nil
}

// watchHealth keeps the process's own idea of its health fresh, whoever asks: requests
// are not begun while the database is gone.
func watchHealth(state *health.State) worker.Loop {
	return worker.Loop{
		Name:     "health",
		Interval: func() time.Duration { return 500 * time.Millisecond },
		Run: func(ctx context.Context) (int, error) {
			state.Ready(ctx)
			return 0, nil
		},
	}
}

// openDatabase opens the service's database and, on a connection of its own, what its
// readiness is known by: a pool that is busy must not make the process not ready.
func openDatabase(cfg *conf.Database, tel *telemetry.Telemetry, undo *cleanup) (*database.DB, []health.Check, error) {
	db, err := database.Open(cfg)
	if err != nil {
		return nil, nil, err
	}
	undo.add(db.Close)
	one := proto.CloneOf(cfg)
	one.MaxOpen = 1
	probe, err := database.Open(one)
	if err != nil {
		return nil, nil, err
	}
	undo.add(probe.Close)
	if err := tel.WatchPool("write", db.Write); err != nil {
		return nil, nil, err
	}
	if db.Read != db.Write {
		if err := tel.WatchPool("read", db.Read); err != nil {
			return nil, nil, err
		}
	}
	return db, []health.Check{
		{Name: "database", Run: probe.Read.PingContext, Needed: true},
		{Name: "writes", Run: func(ctx context.Context) error { return db.Writable(ctx, probe.Read) }},
	}, nil
}

// start runs everything until a signal or a failure.
func start(name, version, id string, cfg *conf.Server, app App, op *ops, d *drainer, logger *slog.Logger, p process) error {
	timeout := cfg.GetStopTimeout().AsDuration()
	web, rpc := newStage(app.HTTP, timeout), newStage(app.GRPC, timeout)
	// HTTP first: Consul registers the first endpoint's port, and gateways call that.
	servers := []transport.Server{endpointStage{web, app.HTTP}, endpointStage{rpc, app.GRPC}}
	earlier := []*stage{web, rpc}
	for _, w := range app.Workers {
		s := newStage(w, timeout, web, rpc)
		servers, earlier = append(servers, s), append(earlier, s)
	}
	servers = append(servers, newStage(op, time.Second, earlier...))

	instance := &registry.ServiceInstance{ID: id, Name: name}
	k := kratos.New(
		kratos.ID(id), kratos.Name(name), kratos.Version(version),
		kratos.Logger(logging.Kratos(logger)),
		kratos.Signal(syscall.SIGTERM, syscall.SIGINT),
		kratos.Registrar(d), kratos.RegistrarTimeout(d.registrarTimeout()),
		kratos.Server(servers...),
		kratos.AfterStart(func(context.Context) error {
			httpAt, err := app.HTTP.Endpoint()
			if err != nil {
				return err
			}
			grpcAt, err := app.GRPC.Endpoint()
			if err != nil {
				return err
			}
			logger.Info("started", "id", id, "http", httpAt.Host, "grpc", grpcAt.Host, "ops", op.lis.Addr().String())
			return nil
		}),
	)
	defer onSignals(logger, p, func() { _ = k.Stop() })()
	err := k.Run()
	if errors.Is(err, grpc.ErrServerStopped) {
		err = nil // stopped before it had started
	}
	// Kratos leaves the registry only when it was told to stop, not when a server
	// failed. The second time this does nothing.
	if d.inner != nil {
		_ = d.inner.Deregister(context.Background(), instance)
	}
	_ = op.Stop(context.Background()) // as well when nothing was started
	if err != nil {
		return fmt.Errorf("stopped: %w", err)
	}
	logger.Info("stopped")
	return nil
}

// onSignals stops at the first signal and ends the process at the second, for
// operators who have waited long enough. Kratos listens as well, but only once
// everything has started: a signal before that must not be lost.
func onSignals(logger *slog.Logger, p process, stop func()) (cancel func()) {
	signals, done := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		select {
		case <-signals:
			go stop()
		case <-done:
			return
		}
		select {
		case <-signals:
			logger.Error("second signal: ending at once")
			p.exit(exitFailure)
		case <-done:
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}
