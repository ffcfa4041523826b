// Package config is a service's configuration: layered, strict, and live.
//
// Later layers win: the service's embedded defaults, a file, documents in Consul
// KV, the environment. Every layer is checked field by field, and their sum by the
// rules of the .proto and by the service. A sum that breaks a rule is refused
// whole: at start the process does not run, later the old one stays.
//
// Kratos' own config.Config is not used: it lays changed KV documents over the
// environment, drops what it does not know, and cannot refuse.
package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/shape"
)

// Message is a service's configuration message: its own settings beside the
// platform's.
type Message interface {
	proto.Message
	GetServer() *conf.Server
	GetLog() *conf.Log
	GetDatabase() *conf.Database
	GetConsul() *conf.Consul
	GetTelemetry() *conf.Telemetry
}

// Settings says where a configuration comes from.
type Settings[C Message] struct {
	// Defaults is the embedded YAML document.
	Defaults []byte
	// File is laid over the defaults; empty means none.
	File string
	// Environ is os.Environ().
	Environ []string
	// New makes an empty configuration.
	New func() C
	// Validate checks what no field's rule can. Its errors must not hold values of
	// secrets. Nil checks nothing.
	Validate func(C) error
	// Live lists settings (with all below them) that apply without a restart.
	Live []string
	// Logger is told of changes and refusals.
	Logger *slog.Logger
}

// Live is a configuration that follows its sources. It is safe for concurrent use.
type Live[C Message] struct {
	settings Settings[C]
	base     []layer
	env      layer

	refusal string // what the source's documents were last refused for, logged once

	applying    sync.Mutex // one change at a time
	mu          sync.RWMutex
	current     C
	origins     map[string]string
	subscribers []func(before, after C)
}

// Load reads defaults, file and environment. Its error names every setting that is
// wrong, without its value.
func Load[C Message](s Settings[C]) (*Live[C], error) {
	l := &Live[C]{settings: s}
	md := s.New().ProtoReflect().Descriptor()
	defaults, err := parse("defaults", s.Defaults, md)
	if err != nil {
		return nil, err
	}
	l.base = append(l.base, defaults)
	if s.File != "" {
		data, err := os.ReadFile(s.File)
		if err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		file, err := parse("file "+s.File, data, md)
		if err != nil {
			return nil, err
		}
		l.base = append(l.base, file)
	}
	if l.env, err = environment(s.Environ, md); err != nil {
		return nil, err
	}
	l.current, l.origins, err = l.build(nil)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Current returns the configuration in force. It never changes in place and must
// not be changed.
func (l *Live[C]) Current() C {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.current
}

// Subscribe has f called after every change, one change at a time. f must return
// soon and must not wait for another change.
func (l *Live[C]) Subscribe(f func(before, after C)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.subscribers = append(l.subscribers, f)
}

// Origins tells for every setting that some layer gives which one decided it.
func (l *Live[C]) Origins() map[string]string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.origins
}

// build makes a configuration of all layers, with kv between base and environment.
func (l *Live[C]) build(kv []layer) (C, map[string]string, error) {
	layers := slices.Concat(l.base, kv, []layer{l.env})
	values, origins := merge(layers)
	var none C
	data, err := json.Marshal(values)
	if err != nil {
		return none, nil, errors.New("the configuration cannot be put together")
	}
	c := l.settings.New()
	if err := (protojson.UnmarshalOptions{}).Unmarshal(data, c); err != nil {
		// Every field was checked before; what is left are fields that exclude each
		// other, and the text may quote values.
		return none, nil, errors.New("the configuration contradicts itself")
	}
	if err := shape.Check(c); err != nil {
		return none, nil, located(err, origins)
	}
	if l.settings.Validate != nil {
		if err := l.settings.Validate(c); err != nil {
			return none, nil, err
		}
	}
	return c, origins, nil
}

// located adds to every broken rule the layer that its setting came from.
func located(err error, origins map[string]string) error {
	broken, ok := errors.AsType[*shape.Error](err)
	if !ok {
		return err
	}
	out := &shape.Error{}
	for _, v := range broken.Violations {
		top, _, _ := strings.Cut(v.Path, "[")
		if origin := origins[top]; origin != "" {
			v.Rule += " (set by " + origin + ")"
		}
		out.Violations = append(out.Violations, v)
	}
	return out
}

// apply puts kv in force, or refuses it and changes nothing. The first time nothing
// is made of the configuration yet, so every setting applies.
func (l *Live[C]) apply(kv []layer, first bool) error {
	l.applying.Lock()
	defer l.applying.Unlock()
	after, origins, err := l.build(kv)
	if err != nil {
		return err
	}
	l.mu.Lock()
	before := l.current
	l.origins = origins
	paths := changed(before, after)
	if len(paths) > 0 {
		l.current = after
	}
	subscribers := slices.Clone(l.subscribers)
	l.mu.Unlock()
	if len(paths) == 0 {
		return nil
	}
	isLive := func(path string) bool {
		return first || slices.ContainsFunc(l.settings.Live, func(live string) bool { return within(path, live) })
	}
	live := slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return !isLive(p) })
	later := slices.DeleteFunc(paths, isLive)
	if len(live) > 0 {
		l.settings.Logger.Info("configuration changed", "settings", live)
	}
	if len(later) > 0 {
		l.settings.Logger.Warn("configuration changed, but these settings need a restart", "settings", later)
	}
	for _, f := range subscribers {
		f(before, after)
	}
	return nil
}
