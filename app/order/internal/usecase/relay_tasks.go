package usecase

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// HopelessError is returned for a task that no further try can finish: it becomes
// dead, and a person is told. A number of attempts never makes a task hopeless.
type HopelessError struct{ Reason string }

func (e *HopelessError) Error() string { return e.Reason }

// WaitError is returned for a task that goes well and is to be looked at again after
// the pause, which is exact.
type WaitError struct {
	Pause  time.Duration
	Reason string
	// Failed tells that something went wrong, and operators should know.
	Failed bool
}

func (e *WaitError) Error() string { return e.Reason }

// RelaySettings is how a relay works. They may change between passes.
type RelaySettings struct {
	Batch       int           // most tasks claimed at once
	Concurrency int           // most worked on at once
	Lease       time.Duration // how long a claim lasts
	CallTimeout time.Duration // how long work on one task may take; below Lease
}

// RelayTasks carries on the tasks of one lane that requests left behind, so that one that is stuck holds up no other.
type RelayTasks struct {
	lane     Lane
	tasks    Tasks
	work     func(context.Context, domain.Claim) error
	newID    NewID
	signals  Signals
	settings func() RelaySettings
}

// NewRelayTasks makes the relay of a lane. work finishes a claimed task, or returns
// an error: HopelessError ends it, WaitError says when to look again, any other leaves it for another try.
func NewRelayTasks(lane Lane, tasks Tasks, work func(context.Context, domain.Claim) error,
	newID NewID, signals Signals, settings func() RelaySettings,
) *RelayTasks {
	return &RelayTasks{lane: lane, tasks: tasks, work: work, newID: newID, signals: signals, settings: settings}
}

// RunOnce claims due tasks, works on each and returns how many it claimed. When ctx
// ends, work that is begun is finished and the rest given back.
func (uc *RelayTasks) RunOnce(ctx context.Context) (int, error) {
	s := uc.settings()
	claims, err := uc.tasks.Claim(ctx, uc.lane, uc.newID(), s.Batch, s.Lease)
	if err != nil {
		return 0, fmt.Errorf("claim %s tasks: %w", uc.lane, err)
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
	stopping := ctx.Err() != nil
	ctx = context.WithoutCancel(ctx)
	if stopping {
		if err := ignoreLost(uc.tasks.Return(ctx, c)); err != nil {
			return fmt.Errorf("return %s task %s: %w", c.Kind, c.Ref, err)
		}
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := uc.attempt(bounded, c)
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
	if wait, ok := errors.AsType[*WaitError](err); ok {
		return uc.postpone(ctx, c, wait.Pause, err, !wait.Failed)
	}
	return uc.postpone(ctx, c, domain.Backoff(c.Attempt), err, false)
}

// attempt does the work and turns its panic into an error: one poisoned task must
// not take the process, and all other work, with it.
func (uc *RelayTasks) attempt(ctx context.Context, c domain.Claim) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return uc.work(ctx, c)
}

func (uc *RelayTasks) postpone(ctx context.Context, c domain.Claim, pause time.Duration, cause error, quiet bool) error {
	if err := ignoreLost(uc.tasks.Postpone(ctx, c, pause, cause.Error())); err != nil {
		return fmt.Errorf("postpone %s task %s: %w", c.Kind, c.Ref, err)
	}
	if !quiet {
		uc.signals.TaskPostponed(ctx, c, pause, cause)
	}
	return nil
}

// ignoreLost drops ErrLeaseLost: whoever has the task now takes care of it.
func ignoreLost(err error) error {
	if errors.Is(err, ErrLeaseLost) {
		return nil
	}
	return err
}
