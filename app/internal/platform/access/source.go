package access

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// errNoKeys is returned while the keys could not be read yet.
var errNoKeys = errors.New("the issuer's keys cannot be read now")

// source is where an issuer's keys are, and what was read there last. It is safe for
// concurrent use.
type source struct {
	issuer string // for the log
	logger *slog.Logger
	read   func(context.Context) (*keySet, error)
	// late sources need not be there at first; who needs the others tells that itself.
	late bool
	// often is how soon it is read again unasked, retry how soon after a failure.
	often, retry time.Duration
	// pause is how soon it may be read again because a token names an unknown key:
	// anybody can make such tokens.
	pause time.Duration

	current atomic.Pointer[keySet] // nil until the first that could be read

	reading chan struct{} // holds one element while somebody reads; guards the rest
	tried   time.Time
	failure string // why the last try failed: said once
}

// find returns the key that a token names, if need be among keys read anew.
func (s *source) find(ctx context.Context, id, algorithm string) (any, error) {
	if set := s.current.Load(); set != nil {
		key, err := set.find(id, algorithm)
		if !errors.Is(err, errUnknownKey) {
			return key, err
		}
	}
	s.refresh(ctx, s.pause)
	set := s.current.Load()
	if set == nil {
		return nil, errNoKeys
	}
	return set.find(id, algorithm)
}

// pass reads the keys again when it is time to.
func (s *source) pass(ctx context.Context) {
	select {
	case s.reading <- struct{}{}:
	case <-ctx.Done():
		return
	}
	after := s.often
	if s.failure != "" {
		after = s.retry
	}
	<-s.reading
	s.refresh(ctx, after)
}

// refresh reads the keys unless somebody tried within the time of pause. Callers at
// once share one try. A failed one changes nothing.
func (s *source) refresh(ctx context.Context, pause time.Duration) {
	select {
	case s.reading <- struct{}{}:
		defer func() { <-s.reading }()
	case <-ctx.Done():
		return
	}
	if time.Since(s.tried) < pause {
		return
	}
	// Reading is bounded by itself. The caller who began must not be able to end it:
	// others wait for it, and the next try is only after the pause.
	set, err := s.read(context.WithoutCancel(ctx))
	s.tried = time.Now()
	if err != nil {
		said := s.failure == err.Error()
		s.failure = err.Error()
		if !said && (s.late || s.current.Load() != nil) {
			s.logger.ErrorContext(ctx, "access: keys cannot be read; those read before stay", "issuer", s.issuer, "error", err)
		}
		return
	}
	old := s.current.Swap(set)
	if s.failure != "" || old == nil || !old.equal(set) {
		s.logger.InfoContext(ctx, "access: keys loaded", "issuer", s.issuer, "keys", len(set.keys), "ignored", set.ignored)
	}
	s.failure = ""
}
