package keyring_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/keyring"
)

// member is made of one key. What it holds beside cannot be compared.
type member struct {
	key  keyring.Key
	hold func()
}

func (m *member) Same(other any) bool {
	o, ok := other.(*member)
	return ok && m.key == o.key
}

// settings is a configuration: a key per member; without one it is absent.
type settings map[string]*conf.Key

type set = keyring.Set[settings, *member]

func build(name string) keyring.Build[settings, *member] {
	return func(cfg settings) (*member, bool, error) {
		if cfg[name] == nil {
			return nil, false, nil
		}
		keys, err := keyring.Load([]*conf.Key{cfg[name]})
		if err != nil {
			return nil, false, err
		}
		return &member{key: keys[0], hold: func() {}}, true, nil
	}
}

func newSet(cfg settings) (*set, *bytes.Buffer, error) {
	var log bytes.Buffer
	s, err := keyring.NewSet("things", cfg, map[string]keyring.Build[settings, *member]{"a": build("a"), "b": build("b")},
		slog.New(slog.NewTextHandler(&log, nil)))
	return s, &log, err
}

func text(s *set, name string) string {
	if m, ok := s.Get(name); ok {
		return m.key.Text
	}
	return "absent"
}

func TestASetHoldsWhatIsConfigured(t *testing.T) {
	s, log, err := newSet(settings{"a": {Id: "k", File: file(t, "one")}})
	if err != nil {
		t.Fatal(err)
	}
	if text(s, "a") != "one" || text(s, "b") != "absent" || text(s, "c") != "absent" || len(s.All()) != 1 {
		t.Errorf("holds %v", s.All())
	}
	if got := strings.Join(s.Names(), " "); got != "a b" {
		t.Errorf("there can be %s", got)
	}
	s.Configure(settings{"b": {Id: "k", File: file(t, "two")}})
	if text(s, "a") != "absent" || text(s, "b") != "two" || !strings.Contains(log.String(), `msg="things: keys loaded" configured=1`) {
		t.Errorf("after a change: %v, %s", s.All(), log)
	}
}

func TestASetIsNotMadeOfKeysThatCannotBeLoaded(t *testing.T) {
	_, _, err := newSet(settings{"a": {Id: "k1", File: "/nowhere"}, "b": {Id: "k2", Env: "STOCKONCE_SECRET_UNSET"}})
	if err == nil || !strings.Contains(err.Error(), "a: key k1: file: open /nowhere") || !strings.Contains(err.Error(), "b: key k2: ") {
		t.Errorf("error %v", err)
	}
}

func TestARefusedChangeKeepsTheOldAndIsLoggedOnce(t *testing.T) {
	ctx := context.Background()
	path := file(t, "one")
	s, log, err := newSet(settings{"a": {Id: "k", File: path}})
	if err != nil {
		t.Fatal(err)
	}
	refusals := func() int { return strings.Count(log.String(), "things: keys refused, the old ones stay") }

	later := filepath.Join(t.TempDir(), "later")
	s.Configure(settings{"a": {Id: "k", File: later}, "b": {Id: "k", File: later}})
	for range 3 {
		if n, err := s.Reload(ctx); n != 0 || err != nil {
			t.Errorf("a pass tells %d, %v", n, err)
		}
	}
	if text(s, "a") != "one" || text(s, "b") != "absent" || refusals() != 1 {
		t.Fatalf("after a refused change: %v, %s", s.All(), log)
	}
	t.Run("the old keys are still followed", func(t *testing.T) {
		write(t, path, "two")
		_, _ = s.Reload(ctx)
		if text(s, "a") != "two" || refusals() != 1 {
			t.Errorf("%v, %s", text(s, "a"), log)
		}
	})
	t.Run("and the change is made once its files are there", func(t *testing.T) {
		write(t, later, "three")
		_, _ = s.Reload(ctx)
		if text(s, "a") != "three" || text(s, "b") != "three" {
			t.Errorf("%v, %v", text(s, "a"), text(s, "b"))
		}
	})
	t.Run("another refusal is news", func(t *testing.T) {
		write(t, later, "")
		_, _ = s.Reload(ctx)
		_, _ = s.Reload(ctx)
		if text(s, "a") != "three" || refusals() != 2 {
			t.Errorf("%v, %s", text(s, "a"), log)
		}
	})
}

func TestAReloadNoticesAChangedFileAndKeepsWhatIsTheSame(t *testing.T) {
	changing, steady := file(t, "one"), file(t, "steady")
	s, log, err := newSet(settings{"a": {Id: "k", File: changing}, "b": {Id: "k", File: steady}})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := s.Get("a")
	b, _ := s.Get("b")
	_, _ = s.Reload(context.Background())
	if again, _ := s.Get("a"); again != a || log.Len() > 0 {
		t.Errorf("nothing changed, and yet: %s", log)
	}
	write(t, changing, "two")
	_, _ = s.Reload(context.Background())
	if text(s, "a") != "two" {
		t.Errorf("holds %s", text(s, "a"))
	}
	if again, _ := s.Get("b"); again != b {
		t.Error("the one that did not change was made anew")
	}
}

// plain is compared by what it holds.
type plain struct{ text *string }

func TestMembersWithoutSameAreComparedByWhatTheyHold(t *testing.T) {
	value := "one"
	s, err := keyring.NewSet("things", 0, map[string]keyring.Build[int, *plain]{
		"a": func(int) (*plain, bool, error) {
			copied := value
			return &plain{&copied}, true, nil
		},
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	first, _ := s.Get("a")
	s.Configure(1)
	if second, _ := s.Get("a"); second != first {
		t.Error("made anew although it is the same")
	}
	value = "two"
	s.Configure(2)
	if third, _ := s.Get("a"); *third.text != "two" {
		t.Error("kept although it is another")
	}
}

func TestASetIsReadWhileItChanges(t *testing.T) {
	one, two := file(t, "one"), file(t, "two")
	s, err := keyring.NewSet("things", settings{"a": {Id: "k", File: one}}, map[string]keyring.Build[settings, *member]{"a": build("a")},
		slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wrong := make(chan error, 100)
	for i := range 4 {
		wg.Go(func() {
			for j := range 50 {
				if i%2 == 0 {
					s.Configure(settings{"a": {Id: "k", File: []string{one, two, "/nowhere"}[j%3]}})
				} else {
					_, _ = s.Reload(context.Background())
				}
				if got := text(s, "a"); got != "one" && got != "two" {
					wrong <- fmt.Errorf("holds %s", got)
				}
				for name := range s.All() {
					if name != "a" {
						wrong <- errors.New(name)
					}
				}
			}
		})
	}
	wg.Wait()
	close(wrong)
	for err := range wrong {
		t.Fatal(err)
	}
}
