package sim

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
)

// atOnce bounds how many notices are under way together.
const atOnce = 32

// Run delivers notices and confirms pending refunds as they fall due, until ctx ends
// and what is under way has ended too. Only one Run may run at a time.
func (s *Server) Run(ctx context.Context) error {
	var flights sync.WaitGroup
	defer func() {
		flights.Wait()
		for _, sender := range s.senders {
			sender.Close()
		}
	}()
	for ctx.Err() == nil {
		next, err := s.confirm(ctx)
		if err != nil {
			return err
		}
		due := s.due(time.Now())
		for _, d := range due.now {
			flights.Go(func() { s.try(ctx, d) })
		}
		if !due.next.IsZero() && (next.IsZero() || due.next.Before(next)) {
			next = due.next
		}
		s.sleep(ctx, next)
	}
	return nil
}

// sleep waits until next, if it is not zero, or until there is something new.
func (s *Server) sleep(ctx context.Context, next time.Time) {
	var alarm <-chan time.Time
	if !next.IsZero() {
		timer := time.NewTimer(time.Until(next))
		defer timer.Stop()
		alarm = timer.C
	}
	select {
	case <-ctx.Done():
	case <-s.wake:
	case <-alarm:
	}
}

// confirm settles the refunds that are due, and tells when the next is.
func (s *Server) confirm(ctx context.Context) (next time.Time, err error) {
	for _, r := range s.book.Unsettled() {
		if r.Due.After(time.Now()) {
			return r.Due, nil
		}
		if _, err := s.Settle(ctx, r.Provider, r.ID, book.RefundConfirmed, ""); err != nil {
			return time.Time{}, fmt.Errorf("confirm refund %s: %w", r.ID, err)
		}
	}
	return time.Time{}, nil
}

type dueDeliveries struct {
	now  []book.Delivery // taken: they are the caller's to try
	next time.Time
}

// due takes the deliveries that are due and not under way, and tells when the next is.
func (s *Server) due(now time.Time) (due dueDeliveries) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.book.Undelivered() {
		switch {
		case s.flying[d.ID]:
		case d.NextAt.After(now):
			due.next = d.NextAt
			return due
		case len(s.flying) >= atOnce: // one that lands makes Run look again
			return due
		case s.dialects[d.Payment.Provider] == nil: // of an earlier run with other keys
		default:
			s.flying[d.ID] = true
			due.now = append(due.now, d)
		}
	}
	return due
}

// try makes one try of a delivery and records what became of it.
func (s *Server) try(ctx context.Context, d book.Delivery) {
	provider := s.dialects[d.Payment.Provider]
	var answer deliver.Answer
	request, err := provider.Notice(d.Notice)
	if err == nil {
		answer = s.send(ctx, provider.Name(), request)
	}
	defer func() {
		s.mu.Lock()
		delete(s.flying, d.ID)
		s.mu.Unlock()
		s.nudge()
	}()
	if ctx.Err() != nil && answer.Err != nil {
		return // nobody knows whether it arrived: it is sent again
	}
	d.Tries++
	pauses := provider.Retry().Pauses
	switch {
	case err != nil:
		d.State, d.Answer = book.GivenUp, err.Error()
	case provider.Taken(answer):
		d.State, d.Answer = book.Taken, Describe(answer)
	case d.Tries > len(pauses):
		d.State, d.Answer = book.GivenUp, Describe(answer)
	default:
		d.NextAt = time.Now().Add(pauses[d.Tries-1] / time.Duration(s.options.Speed))
		d.Answer = Describe(answer)
	}
	if d.State != book.Waiting {
		d.NextAt = time.Time{}
	}
	logger := s.options.Logger.With("provider", provider.Name(), "order", d.Payment.OrderNumber, "try", d.Tries)
	logger.InfoContext(ctx, "notice", "state", string(d.State), "answer", d.Answer)
	if err := s.book.Tried(d); err != nil {
		logger.ErrorContext(ctx, "the try is not recorded", "error", err)
	}
}

// Describe tells an answer in a few words.
func Describe(a deliver.Answer) string {
	if a.Err != nil {
		return "none: " + a.Err.Error()
	}
	return fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status))
}
