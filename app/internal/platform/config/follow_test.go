package config

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	kconfig "github.com/go-kratos/kratos/v2/config"

	"github.com/stockonce/stockonce/app/internal/platform/config/configtest"
)

// fakeKV is a source in memory that can break.
type fakeKV struct {
	mu      sync.Mutex
	docs    map[string]string
	broken  bool
	watched []*fakeWatcher
}

type fakeWatcher struct {
	event   chan error
	stopped chan struct{}
	once    sync.Once
}

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

var errGone = errors.New("connection refused")

func (f *fakeKV) Load() ([]*kconfig.KeyValue, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken {
		return nil, errGone
	}
	var kvs []*kconfig.KeyValue
	for k, v := range f.docs {
		kvs = append(kvs, &kconfig.KeyValue{Key: k, Value: []byte(v)})
	}
	return kvs, nil
}

func (f *fakeKV) Watch() (kconfig.Watcher, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken {
		return nil, errGone
	}
	w := &fakeWatcher{event: make(chan error, 10), stopped: make(chan struct{})}
	w.event <- nil // what is there now
	f.watched = append(f.watched, w)
	return w, nil
}

// put changes documents by key, value, key, value, …; an empty value deletes.
func (f *fakeKV) put(docs ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := 0; i < len(docs); i += 2 {
		f.docs[docs[i]] = docs[i+1]
		if docs[i+1] == "" {
			delete(f.docs, docs[i])
		}
	}
	for _, w := range f.watched {
		w.event <- nil
	}
}

func (f *fakeKV) breaks(broken bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken = broken
	if broken {
		for _, w := range f.watched {
			w.event <- errGone
		}
		f.watched = nil
	}
}

func (w *fakeWatcher) Next() ([]*kconfig.KeyValue, error) {
	select {
	case err := <-w.event:
		return nil, err
	case <-w.stopped:
		return nil, errors.New("stopped")
	}
}

func (w *fakeWatcher) Stop() error {
	w.once.Do(func() { close(w.stopped) })
	return nil
}

// follow runs test over a configuration that follows kv, in a bubble of fake time.
func follow(t *testing.T, kv *fakeKV, environ []string, test func(l *Live[configtest.Bootstrap], log *logBuffer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		l, err := load(t, "", environ, func(s *Settings[configtest.Bootstrap]) { s.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		if err != nil {
			t.Fatal(err)
		}
		stop := l.Follow(kv)
		defer stop()
		test(l, &log)
	})
}

// pass lets time go by until everything has happened.
func pass() {
	time.Sleep(maxWait * 3)
	synctest.Wait()
}

func TestFollow(t *testing.T) {
	t.Run("documents are merged by key, below the environment", func(t *testing.T) {
		kv := &fakeKV{docs: map[string]string{
			"b.yaml": "log: {level: error}", "a.yml": "log: {level: debug}\ndatabase: {maxOpen: 9, dsn: kv.db}",
			"c.json": `{"own": {"someNames": ["kv"]}}`, "folder/": "",
		}}
		follow(t, kv, []string{"STOCKONCE_DATABASE_DSN=env.db"}, func(l *Live[configtest.Bootstrap], log *logBuffer) {
			c := l.Current() // at once: not only after the first change
			if c.GetLog().GetLevel() != "error" || c.GetDatabase().GetMaxOpen() != 9 || c.GetDatabase().GetDsn() != "env.db" || c.List("some_names")[0] != "kv" {
				t.Errorf("got %v", c)
			}
			if o := l.Origins()["log.level"]; o != "consul key b.yaml" {
				t.Errorf("origin %q", o)
			}
			if strings.Contains(log.String(), "need a restart") || !strings.Contains(log.String(), "database.maxOpen") {
				t.Errorf("what is there from the start applies: %s", log)
			}
		})
	})
	t.Run("a change applies, is announced once and goes away with its key", func(t *testing.T) {
		kv := &fakeKV{docs: map[string]string{}}
		follow(t, kv, nil, func(l *Live[configtest.Bootstrap], log *logBuffer) {
			var told []string
			l.Subscribe(func(before, after configtest.Bootstrap) {
				told = append(told, before.GetLog().GetLevel()+">"+after.GetLog().GetLevel())
			})
			first := l.Current()
			kv.put("a.yaml", "log: {level: debug}")
			pass()
			kv.put("a.yaml", "log: {level: debug} # with a comment")
			pass()
			kv.put("a.yaml", "")
			pass()
			if strings.Join(told, " ") != "info>debug debug>info" {
				t.Errorf("told %v", told)
			}
			if first.GetLog().GetLevel() != "info" {
				t.Error("a configuration changed in place")
			}
			if strings.Contains(log.String(), "need a restart") {
				t.Errorf("a live setting is said to need a restart: %s", log)
			}
		})
	})
	t.Run("a setting that needs a restart is named", func(t *testing.T) {
		kv := &fakeKV{docs: map[string]string{}}
		follow(t, kv, nil, func(_ *Live[configtest.Bootstrap], log *logBuffer) {
			kv.put("a.yaml", "database: {dsn: s3cret.db}\nlog: {level: warn}")
			pass()
			for _, want := range []string{"need a restart", "settings=[database.dsn]", "settings=[log.level]"} {
				if !strings.Contains(log.String(), want) {
					t.Errorf("the log lacks %q: %s", want, log)
				}
			}
			if strings.Contains(log.String(), "s3cret") {
				t.Errorf("the value is in the log: %s", log)
			}
		})
	})
	for name, bad := range map[string]struct{ key, doc, want string }{
		"a broken rule":       {"x.yaml", "log: {level: s3cret}", "log.level: must be in list"},
		"an unknown setting":  {"x.yaml", "log: {lvl: s3cret}", "consul key x.yaml: log.lvl: unknown setting"},
		"broken YAML":         {"x.yaml", "log: {level: s3cret", "consul key x.yaml: line 1"},
		"a password":          {"x.yaml", "database: {dsn: 'u:s3cret@tcp(h)/d'}", "consul key x.yaml: database.dsn"},
		"a key of other kind": {"x.toml", "level = s3cret", "consul key x.toml: must end in .yaml, .yml or .json"},
	} {
		t.Run(name+" is refused by name, and everything stays as it was", func(t *testing.T) {
			kv := &fakeKV{docs: map[string]string{"good.yaml": "log: {level: warn}"}}
			follow(t, kv, nil, func(l *Live[configtest.Bootstrap], log *logBuffer) {
				kv.put(bad.key, bad.doc, "z.yaml", "own: {someNames: [partial]}")
				pass()
				if c := l.Current(); c.GetLog().GetLevel() != "warn" || c.List("some_names")[0] != "default" {
					t.Errorf("got %v", c)
				}
				if strings.Count(log.String(), bad.want) != 1 || strings.Contains(log.String(), "s3cret") {
					t.Errorf("logged %s", log)
				}
				kv.put(bad.key, "")
				pass()
				if l.Current().List("some_names")[0] != "partial" {
					t.Error("the rest did not apply once the bad document was gone")
				}
			})
		})
	}
	t.Run("documents that are wrong from the start are refused, and the file runs", func(t *testing.T) {
		kv := &fakeKV{docs: map[string]string{"a.yaml": "log: {level: s3cret}"}}
		follow(t, kv, nil, func(l *Live[configtest.Bootstrap], log *logBuffer) {
			pass()
			if l.Current().GetLog().GetLevel() != "info" || strings.Count(log.String(), "refused") != 1 {
				t.Errorf("got %v, logged %s", l.Current(), log)
			}
		})
	})
	t.Run("a source that is down is asked again until it is back", func(t *testing.T) {
		kv := &fakeKV{docs: map[string]string{"a.yaml": "log: {level: warn}"}, broken: true}
		follow(t, kv, nil, func(l *Live[configtest.Bootstrap], log *logBuffer) {
			pass()
			if l.Current().GetLog().GetLevel() != "info" || !strings.Contains(log.String(), "going on without it") {
				t.Errorf("got %v, logged %s", l.Current(), log)
			}
			kv.breaks(false)
			pass()
			if got := l.Current().GetLog().GetLevel(); got != "warn" {
				t.Errorf("got %s after the source came back", got)
			}
			kv.breaks(true)
			tries := strings.Count(log.String(), "cannot be watched")
			time.Sleep(maxWait * 20)
			synctest.Wait()
			if more := strings.Count(log.String(), "cannot be watched") - tries; more > 50 {
				t.Errorf("%d tries in ten minutes", more)
			}
			if got := l.Current().GetLog().GetLevel(); got != "warn" {
				t.Errorf("got %s while the source is down again", got)
			}
			kv.breaks(false)
			kv.put("a.yaml", "log: {level: error}")
			pass()
			if got := l.Current().GetLog().GetLevel(); got != "error" {
				t.Errorf("got %s after the second outage", got)
			}
		})
	})
}
