package callback_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// echo is a provider whose signature is the header X-Key.
type echo struct{ secrets []string }

func (e *echo) Read(r callback.Request, _ time.Time) (domain.Notice, error) {
	for _, s := range e.secrets {
		if r.Header.Get("X-Key") == s {
			answer := domain.Answer{Status: 204, ContentType: "text/plain", Body: "thanks"}
			return domain.Notice{OrderNumber: string(r.Body), Delivery: domain.Delivery{Answer: answer}}, nil
		}
	}
	return domain.Notice{}, callback.ErrUnverified
}

func (e *echo) Refuse(status int) domain.Answer {
	return domain.Answer{Status: status, ContentType: "text/plain", Body: "FAIL"}
}

func build(cfg *conf.Providers) (callback.Provider, bool, error) {
	if cfg.GetStandard() == nil {
		return nil, false, nil
	}
	keys, err := keyring.Load(cfg.GetStandard().GetKeys())
	if err != nil {
		return nil, false, err
	}
	e := &echo{}
	for _, k := range keys {
		e.secrets = append(e.secrets, k.Text)
	}
	return e, true, nil
}

func (e *echo) Keys() []keyring.Key { return nil }

// confirmer records notices, or fails.
type confirmer struct {
	notices []domain.Notice
	err     error
}

func (c *confirmer) Do(_ context.Context, n domain.Notice) error {
	if c.err == nil {
		c.notices = append(c.notices, n)
	}
	return c.err
}

type counts struct{ unverified, unrecorded int }

func (c *counts) Unverified(context.Context, string, error)        { c.unverified++ }
func (c *counts) Unrecorded(context.Context, domain.Notice, error) { c.unrecorded++ }

func keyFile(t *testing.T, path, secret string) *conf.Providers {
	t.Helper()
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &conf.Providers{Standard: &conf.Standard{Keys: []*platform.Key{{Id: "k1", File: path}}}}
}

func providers(t *testing.T, cfg *conf.Providers) *callback.Providers {
	t.Helper()
	p, err := keyring.NewSet("callbacks", cfg, map[string]callback.Build{"standard": build}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReceiveCallback(t *testing.T) {
	cfg := keyFile(t, filepath.Join(t.TempDir(), "key"), "secret")
	request := func(provider, key string) *orderv1.ReceiveCallbackRequest {
		return &orderv1.ReceiveCallbackRequest{
			Provider: provider, Body: []byte("O1"),
			Headers: []*orderv1.CallbackHeader{{Name: "X-Key", Value: key}},
		}
	}
	for _, c := range []struct {
		name               string
		request            *orderv1.ReceiveCallbackRequest
		err                error
		status             int32
		body               string
		recorded           int
		unverified, failed int
	}{
		{"a recorded notice is answered in the provider's words", request("standard", "secret"), nil, 204, "thanks", 1, 0, 0},
		{"a wrong signature is 401, and nothing is recorded", request("standard", "wrong"), nil, 401, "FAIL", 0, 1, 0},
		{"what could not be recorded is 503, so that it comes again", request("standard", "secret"), errors.New("database is away"), 503, "FAIL", 0, 0, 1},
		{"a provider without keys is 404", request("stripe", "secret"), nil, 404, "no such provider", 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			confirm, signals := &confirmer{err: c.err}, &counts{}
			s := callback.NewService(providers(t, cfg), confirm, signals)
			out, err := s.ReceiveCallback(t.Context(), c.request)
			if err != nil {
				t.Fatal(err)
			}
			if out.GetStatus() != c.status || string(out.GetBody()) != c.body {
				t.Errorf("answer %d %q", out.GetStatus(), out.GetBody())
			}
			if len(confirm.notices) != c.recorded || signals.unverified != c.unverified || signals.unrecorded != c.failed {
				t.Errorf("recorded %d, signals %+v", len(confirm.notices), signals)
			}
			for _, n := range confirm.notices {
				if n.Provider != "standard" || string(n.Delivery.Body) != "O1" || len(n.Delivery.Headers) != 1 {
					t.Errorf("notice %+v", n)
				}
			}
		})
	}
}

func TestProviders(t *testing.T) {
	verifies := func(p *callback.Providers, secret string) bool {
		provider, ok := p.Get("standard")
		if !ok {
			return false
		}
		_, err := provider.Read(callback.Request{Header: http.Header{"X-Key": {secret}}}, time.Now())
		return err == nil
	}
	t.Run("a changed key file is taken without a restart", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "key")
		p := providers(t, keyFile(t, path, "one"))
		keyFile(t, path, "two")
		if _, err := p.Reload(t.Context()); err != nil || !verifies(p, "two") || verifies(p, "one") {
			t.Fatal("the old key is still used")
		}
	})
	t.Run("a broken key file is refused and the old key kept", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "key")
		p := providers(t, keyFile(t, path, "one"))
		keyFile(t, path, "")
		if _, err := p.Reload(t.Context()); err != nil || !verifies(p, "one") {
			t.Fatal("the old key is gone")
		}
	})
	t.Run("a changed configuration is taken, and one without keys takes the provider away", func(t *testing.T) {
		p := providers(t, &conf.Providers{})
		if verifies(p, "one") {
			t.Fatal("a provider without keys verifies")
		}
		p.Configure(keyFile(t, filepath.Join(t.TempDir(), "key"), "one"))
		if !verifies(p, "one") {
			t.Fatal("the new key is not used")
		}
		p.Configure(&conf.Providers{})
		if _, ok := p.Get("standard"); ok {
			t.Fatal("the provider is still there")
		}
	})
	t.Run("a key that cannot be loaded stops the start and is named", func(t *testing.T) {
		t.Setenv("STOCKONCE_SECRET_EMPTY", "")
		for _, k := range []*platform.Key{{Id: "k7", File: "/nope"}, {Id: "k7", Env: "STOCKONCE_SECRET_EMPTY"}} {
			cfg := &conf.Providers{Standard: &conf.Standard{Keys: []*platform.Key{k}}}
			_, err := keyring.NewSet("callbacks", cfg, map[string]callback.Build{"standard": build}, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), "k7") {
				t.Errorf("error %v", err)
			}
		}
	})
}
