package server

import (
	"log/slog"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/worker"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

const (
	// keyPoll is how soon a changed key file is noticed.
	keyPoll = 5 * time.Second
	// expiryPoll is how soon after its time an unpaid order is cancelled.
	expiryPoll = 10 * time.Second
)

// Relay carries on what requests left behind, beside the servers.
type Relay struct{ *worker.Server }

// NewRelay makes a loop of every lane. settings tells the current configuration.
func NewRelay(
	logger *slog.Logger, settings func() *conf.Bootstrap,
	tasks usecase.Tasks, newID usecase.NewID, signals usecase.Signals,
	settle *usecase.SettleDeduction, orphans *usecase.JudgeOrphans, expire *usecase.ExpireOrders,
	providers *callback.Providers,
) *Relay {
	poll := func() time.Duration { return settings().GetRelay().GetPollInterval().AsDuration() }
	limits := func() usecase.RelaySettings { return relaySettings(settings()) }
	deductions := usecase.NewRelayTasks(domain.TaskDeduct, tasks, settle.Do, newID, signals, limits)
	queries := usecase.NewRelayTasks(domain.TaskQueryPayment, tasks, orphans.Do, newID, signals, limits)
	return &Relay{worker.NewServer(logger,
		worker.Loop{Name: "deductions", Interval: poll, Run: deductions.RunOnce},
		worker.Loop{Name: "payment queries", Interval: poll, Run: queries.RunOnce},
		worker.Loop{Name: "expiry", Interval: every(expiryPoll), Run: expire.RunOnce},
		worker.Loop{Name: "callback keys", Interval: every(keyPoll), Run: providers.Reload},
	)}
}

func every(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

func relaySettings(cfg *conf.Bootstrap) usecase.RelaySettings {
	return usecase.RelaySettings{
		Batch:       int(cfg.GetRelay().GetBatch()),
		Concurrency: int(cfg.GetRelay().GetConcurrency()),
		Lease:       cfg.GetRelay().GetLease().AsDuration(),
		CallTimeout: cfg.GetProduct().GetCallTimeout().AsDuration() + conf.SettleMargin,
	}
}
