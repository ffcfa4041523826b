package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/worker"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

const (
	// keyPoll is how soon a changed key file is noticed.
	keyPoll = 5 * time.Second
	// expiryPoll is how soon after its time an unpaid order is cancelled.
	expiryPoll = 10 * time.Second
	// Reconciliations are looked for four times as often as they are made, within these.
	minReconcilePoll = 250 * time.Millisecond
	maxReconcilePoll = 15 * time.Second
)

// Work is what the relay does about each kind of task.
type Work struct {
	Settle  *usecase.SettleDeduction
	Release *usecase.ReleaseStock
	Refund  *usecase.SendRefund
	Query   *usecase.QueryPayment
	Close   *usecase.ClosePayment
	Notify  *usecase.NotifyTarget
	Expire  *usecase.ExpireOrders

	Reconcile *usecase.ScheduleReconciliation
}

// Lanes names what is apart from each other.
type Lanes struct {
	// Providers are all payment providers that this program knows, configured or not.
	Providers []string
	// Targets are those who are notified.
	Targets []string
}

// Relay carries on what requests left behind, beside the servers.
type Relay struct{ *worker.Server }

// NewRelay makes a loop of every lane. settings tells the current configuration;
// reload lists what reads key files again.
func NewRelay(
	logger *slog.Logger, settings func() *conf.Bootstrap,
	tasks usecase.Tasks, newID usecase.NewID, signals usecase.Signals,
	work *Work, lanes Lanes, reload []func(context.Context) (int, error),
) *Relay {
	poll := func() time.Duration { return settings().GetRelay().GetPollInterval().AsDuration() }
	toProduct := func() usecase.RelaySettings {
		cfg := settings()
		return relaySettings(cfg, cfg.GetProduct().GetCallTimeout().AsDuration())
	}
	// Work with a provider may be two exchanges: a question and an order.
	toOthers := func() usecase.RelaySettings {
		cfg := settings()
		return relaySettings(cfg, cfg.LongestCall())
	}
	lane := func(kind domain.TaskKind, name string, do func(context.Context, domain.Claim) error,
		settings func() usecase.RelaySettings,
	) worker.Loop {
		l := usecase.Lane{Kind: kind, Name: name}
		return worker.Loop{
			Name: l.String(), Interval: poll,
			Run: usecase.NewRelayTasks(l, tasks, do, newID, signals, settings).RunOnce,
		}
	}
	loops := []worker.Loop{
		lane(domain.TaskDeduct, "", work.Settle.Do, toProduct),
		lane(domain.TaskRelease, "", work.Release.Do, toProduct),
		{Name: "expiry", Interval: every(expiryPoll), Run: work.Expire.RunOnce},
		{Name: "reconciliation", Interval: reconcilePoll(settings), Run: work.Reconcile.RunOnce},
	}
	// The lane without a name is of tasks that were made before there were lanes.
	for _, provider := range append([]string{""}, lanes.Providers...) {
		loops = append(loops,
			lane(domain.TaskRefund, provider, work.Refund.Do, toOthers),
			lane(domain.TaskQueryPayment, provider, work.Query.Do, toOthers),
			lane(domain.TaskClosePayment, provider, work.Close.Do, toOthers),
		)
	}
	for _, r := range reload {
		loops = append(loops, worker.Loop{Name: "key files", Interval: every(keyPoll), Run: r})
	}
	for _, target := range lanes.Targets {
		loops = append(loops, lane(domain.TaskNotify, target, work.Notify.Do, toOthers))
	}
	return &Relay{worker.NewServer(logger, loops...)}
}

// reconcilePoll is how soon after its time a reconciliation begins.
func reconcilePoll(settings func() *conf.Bootstrap) func() time.Duration {
	return func() time.Duration {
		soonest := maxReconcilePoll
		for _, d := range []time.Duration{
			settings().GetReconciliation().GetEvery().AsDuration(), settings().GetReconciliation().GetFullEvery().AsDuration(),
		} {
			if d > 0 {
				soonest = min(soonest, max(d/4, minReconcilePoll))
			}
		}
		return soonest
	}
}

func every(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

func relaySettings(cfg *conf.Bootstrap, call time.Duration) usecase.RelaySettings {
	return usecase.RelaySettings{
		Batch:       int(cfg.GetRelay().GetBatch()),
		Concurrency: int(cfg.GetRelay().GetConcurrency()),
		Lease:       cfg.GetRelay().GetLease().AsDuration(),
		CallTimeout: call + conf.SettleMargin,
	}
}
