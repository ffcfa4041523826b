package usecase

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// HopelessError is returned for a task that no further try can finish: it becomes
// dead, and a person is told. A number of attempts never makes a task hopeless.
type HopelessError struct{ Reason string }

func (e *HopelessError) Error() string { return e.Reason }

// RelaySettings is how a relay works. They may change between passes.
type RelaySettings struct {
	Batch       int           // most tasks claimed at once
	Concurrency int           // most worked on at once
	Lease       time.Duration // how long a claim lasts
	CallTimeout time.Duration // how long work on one task may take; below Lease
}

// RelayTasks carries on one kind of task that a request left behind, each kind in
// a lane of its own, so that one that is stuck holds up no other.
type RelayTasks struct {
	kind     domain.TaskKind
	tasks    Tasks
	work     func(context.Context, domain.Claim) error
	newID    NewID
	signals  Signals
	settings func() RelaySettings
}

// NewRelayTasks makes the lane of a kind. work finishes a claimed task, or returns
// an error: HopelessError ends it, any other leaves it for another try.
func NewRelayTasks(kind domain.TaskKind, tasks Tasks, work func(context.Context, domain.Claim) error,
	newID NewID, signals Signals, settings func() RelaySettings,
) *RelayTasks {
	return &RelayTasks{kind: kind, tasks: tasks, work: work, newID: newID, signals: signals, settings: settings}
}

// RunOnce claims due tasks, works on each and returns how many it claimed. When ctx
// ends, work that is begun is finished and the rest given back.
func (uc *RelayTasks) RunOnce(ctx context.Context) (int, error) {
	s := uc.settings()
	claims, err := uc.tasks.Claim(ctx, uc.kind, uc.newID(), s.Batch, s.Lease)
	if err != nil {
		return 0, fmt.Errorf("claim %s tasks: %w", uc.kind, err)
	}
	var (
		group sync.WaitGroup
		slots = make(chan struct{}, s.Concurrency)
		mutex sync.Mutex
		errs  error
	)
	for _, c := range claims {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := uc.one(ctx, c, s.CallTimeout); err != nil {
				mutex.Lock()
				errs = errors.Join(errs, err)
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	return len(claims), errs
}

// one works on a claimed task. An error is one of the database: the task could not
// even be given back, and becomes due when its lease runs out.
func (uc *RelayTasks) one(ctx context.Context, c domain.Claim, timeout time.Duration) error {
	// With less time left than the work may take, another could start it meanwhile.
	// The lease runs out, and the task is claimed afresh.
	if time.Until(c.Until) <= timeout {
		return nil
	}
	// What is begun is finished, also when the relay is being stopped; what is not is
	// given back, so that the next relay need not wait for the lease.
	stopping := ctx.Err()
	ctx = context.WithoutCancel(ctx)
	if stopping != nil {
		return uc.postpone(ctx, c, 0, stopping)
	}
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := uc.work(bounded, c)
	if err == nil || errors.Is(err, ErrLeaseLost) {
		return nil
	}
	if hopeless, ok := errors.AsType[*HopelessError](err); ok {
		end := domain.TaskEnd{Claim: c, State: domain.TaskDead, Reason: hopeless.Reason}
		if err := ignoreLost(uc.tasks.End(ctx, end)); err != nil {
			return fmt.Errorf("end %s task %s: %w", c.Kind, c.Ref, err)
		}
		uc.signals.TaskDied(ctx, end)
		return nil
	}
	return uc.postpone(ctx, c, domain.Backoff(c.Attempt), err)
}

func (uc *RelayTasks) postpone(ctx context.Context, c domain.Claim, pause time.Duration, cause error) error {
	if err := ignoreLost(uc.tasks.Postpone(ctx, c, pause, cause.Error())); err != nil {
		return fmt.Errorf("postpone %s task %s: %w", c.Kind, c.Ref, err)
	}
	uc.signals.TaskPostponed(ctx, c, pause, cause)
	return nil
}

// ignoreLost drops ErrLeaseLost: whoever has the task now takes care of it.
func ignoreLost(err error) error {
	if errors.Is(err, ErrLeaseLost) {
		return nil
	}
	return err
}
