package notify

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func TestTargetsAreToldApart(t *testing.T) {
	one, two := newReceiver(t, status(http.StatusOK)), newReceiver(t, status(http.StatusGone))
	first, second := targetAt(one.URL, keyFile(t, "a", secretA)), targetAt(two.URL, keyFile(t, "b", secretB))
	second.Id = "accounting"
	n := newNotifier(t, first, second)
	if got := strings.Join(n.Targets(), " "); got != "accounting fulfilment" {
		t.Errorf("targets %s", got)
	}
	if err := n.Notify(context.Background(), "fulfilment", paid); err != nil || len(two.all()) != 0 || !verified(t, secretA, one.all()[0]) {
		t.Errorf("the first: %v", err)
	}
	if err := n.Notify(context.Background(), "accounting", paid); !errors.Is(err, usecase.ErrTargetGone) || verified(t, secretA, two.all()[0]) {
		t.Errorf("the second: %v", err)
	}
	if err := n.Notify(context.Background(), "mail", paid); !errors.Is(err, usecase.ErrNoTarget) {
		t.Errorf("one that there is not: %v", err)
	}
}

func TestWithoutTargetsNobodyIsTold(t *testing.T) {
	for _, cfg := range []*conf.Notify{nil, {}} {
		n, err := New(cfg, slog.New(slog.DiscardHandler))
		if err != nil || len(n.Targets()) != 0 {
			t.Fatalf("%v, %v", n.Targets(), err)
		}
		if err := n.Notify(context.Background(), "fulfilment", paid); !errors.Is(err, usecase.ErrNoTarget) {
			t.Errorf("error %v", err)
		}
	}
}

func TestTargetsAndKeysFollowConfigurationAndFiles(t *testing.T) {
	r := newReceiver(t, status(http.StatusOK))
	k := keyFile(t, "a", secretA)
	n := newNotifier(t, targetAt(r.URL, k))
	told := func(secret string) {
		t.Helper()
		if err := n.Notify(context.Background(), "fulfilment", paid); err != nil {
			t.Fatal(err)
		}
		if all := r.all(); !verified(t, secret, all[len(all)-1]) {
			t.Error("signed with another key")
		}
	}
	before := n.current()["fulfilment"]
	_, _ = n.Reload(context.Background())
	if n.current()["fulfilment"] != before {
		t.Error("a target that did not change was made anew, and its connections with it")
	}
	told(secretA)
	write(t, k.GetFile(), secretB)
	_, _ = n.Reload(context.Background())
	told(secretB)
	write(t, k.GetFile(), "whsec_garbage")
	_, _ = n.Reload(context.Background())
	told(secretB)

	other := newReceiver(t, status(http.StatusOK))
	write(t, k.GetFile(), secretB)
	n.Configure(&conf.Notify{Targets: []*conf.NotifyTarget{targetAt(other.URL, k)}})
	if err := n.Notify(context.Background(), "fulfilment", paid); err != nil || len(other.all()) != 1 {
		t.Errorf("after it moved: %v", err)
	}
	n.Configure(&conf.Notify{})
	if err := n.Notify(context.Background(), "fulfilment", paid); !errors.Is(err, usecase.ErrNoTarget) {
		t.Errorf("after it was removed: %v", err)
	}
}

func TestATargetThatCannotBeMadeIsNamedWithoutItsSecrets(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*conf.NotifyTarget)
		want   string
	}{
		{"no key file", func(c *conf.NotifyTarget) { c.Keys[0].File = "/nowhere" }, "key a: file: open /nowhere"},
		{"a short secret", func(c *conf.NotifyTarget) { c.Keys = []*platform.Key{keyFile(t, "b", "whsec_c2hvcnQ=")} }, "key b: 5 bytes"},
		{"no secret", func(c *conf.NotifyTarget) { c.Keys = []*platform.Key{keyFile(t, "b", "T0K3N*")} }, "key b: not of the form whsec_<base64>"},
		{"no address", func(c *conf.NotifyTarget) { c.Endpoint.Url = "ftp://T0K3N" }, "endpoint.url: must be an address of http or https"},
		{"no host", func(c *conf.NotifyTarget) { c.Endpoint.Url = "https:T0K3N" }, "endpoint.url: must be an address of http or https"},
		{"a broken address", func(c *conf.NotifyTarget) { c.Endpoint.Url = "https://h/%zz?T0K3N" }, "endpoint.url: must be an address of http or https"},
		{"no authority", func(c *conf.NotifyTarget) { c.Endpoint.CaFile = "/nowhere.pem" }, "endpoint.caFile: open /nowhere.pem"},
	} {
		c := targetAt("https://example.com", keyFile(t, "a", secretA))
		tc.change(c)
		var log bytes.Buffer
		_, err := New(&conf.Notify{Targets: []*conf.NotifyTarget{c}}, slog.New(slog.NewTextHandler(&log, nil)))
		if err == nil || !strings.Contains(err.Error(), "fulfilment: "+tc.want) || strings.Contains(err.Error()+log.String(), "T0K3N") {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}
