package keyring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
)

// Build makes one member of a set of its configuration, or tells that it is not
// configured. It reads the keys anew on each call.
type Build[C, T any] func(C) (member T, configured bool, err error)

// Set holds things that are made of configuration and keys, by name, and makes them
// anew when either changes. It is safe for concurrent use.
type Set[C, T any] struct {
	what   string
	logger *slog.Logger
	build  map[string]Build[C, T]

	mu      sync.Mutex // one reload at a time
	wanted  C          // as configured last
	inForce C          // what current was made of: wanted, unless that is refused
	refused string     // why wanted is refused: said once
	current atomic.Pointer[map[string]T]
}

// NewSet makes the configured members. what names them in the log. An error names
// the member and the key that cannot be loaded.
func NewSet[C, T any](what string, cfg C, build map[string]Build[C, T], logger *slog.Logger) (*Set[C, T], error) {
	s := &Set[C, T]{what: what, logger: logger, build: build, wanted: cfg, inForce: cfg}
	made, err := s.make(cfg)
	if err != nil {
		return nil, err
	}
	s.current.Store(&made)
	return s, nil
}

// Get returns the member with the name, if it is configured.
func (s *Set[C, T]) Get(name string) (T, bool) {
	member, ok := (*s.current.Load())[name]
	return member, ok
}

// All returns the configured members by name; they are the caller's to read.
func (s *Set[C, T]) All() map[string]T { return *s.current.Load() }

// Names lists all members there can be, configured or not, sorted.
func (s *Set[C, T]) Names() []string { return slices.Sorted(maps.Keys(s.build)) }

// Configure takes a changed configuration. One whose keys cannot be loaded is
// refused, logged once, and the old one kept; Reload tries it again, because key
// files often arrive after the configuration that names them.
func (s *Set[C, T]) Configure(cfg C) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted = cfg
	s.reload(context.Background())
}

// Reload reads the keys again: it implements a worker's pass, which finds out that
// a file changed without anybody saying so.
func (s *Set[C, T]) Reload(ctx context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reload(ctx)
	return 0, nil
}

// reload puts what is wanted in force, if its keys can be loaded.
func (s *Set[C, T]) reload(ctx context.Context) {
	made, err := s.make(s.wanted)
	if err == nil {
		s.refused = ""
		s.inForce = s.wanted
		s.swap(ctx, made)
		return
	}
	if s.refused != err.Error() {
		s.refused = err.Error()
		s.logger.ErrorContext(ctx, s.what+": keys refused, the old ones stay", "error", err)
	}
	// The keys in force may have changed meanwhile. If they cannot be loaded either,
	// what was said is what there is to repair.
	if made, err := s.make(s.inForce); err == nil {
		s.swap(ctx, made)
	}
}

func (s *Set[C, T]) swap(ctx context.Context, made map[string]T) {
	if s.keepSame(made) {
		return
	}
	s.current.Store(&made)
	s.logger.InfoContext(ctx, s.what+": keys loaded", "configured", len(made))
}

// keepSame puts the members back that are no different now, with the connections
// they hold, and reports whether all are.
func (s *Set[C, T]) keepSame(made map[string]T) bool {
	old := *s.current.Load()
	all := len(old) == len(made)
	for name, member := range made {
		if was, ok := old[name]; ok && same(was, member) {
			made[name] = was
			continue
		}
		all = false
	}
	return all
}

// same compares by Same, where a member holds what cannot be compared.
func same[T any](a, b T) bool {
	if s, ok := any(a).(interface{ Same(other any) bool }); ok {
		return s.Same(b)
	}
	return reflect.DeepEqual(a, b)
}

// make builds all members or none. Of several errors it returns all, always in the
// same sequence: they are compared to be said once.
func (s *Set[C, T]) make(cfg C) (map[string]T, error) {
	made := map[string]T{}
	var errs error
	for _, name := range s.Names() {
		member, configured, err := s.build[name](cfg)
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("%s: %w", name, err))
		} else if configured {
			made[name] = member
		}
	}
	if errs != nil {
		return nil, errs
	}
	return made, nil
}
