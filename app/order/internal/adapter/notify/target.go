package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	orderconf "github.com/stockonce/stockonce/app/order/internal/conf"
)

// maxRead is how much of an answer is read, so that the connection can be used
// again. What a target says beside its status has no meaning.
const maxRead = 4 << 10

// targets are the configured targets by name.
type targets map[string]*target

// Same implements what keyring.Set compares by.
func (t targets) Same(other any) bool {
	o, ok := other.(targets)
	return ok && maps.EqualFunc(t, o, (*target).same)
}

// target is one of those who are told.
type target struct {
	endpoint *conf.Endpoint
	keys     []key
	client   *http.Client
}

type key struct {
	keyring.Key
	webhook *standardwebhooks.Webhook
}

func (t *target) same(o *target) bool {
	return proto.Equal(t.endpoint, o.endpoint) && outbound.Same(t.client, o.client) &&
		slices.EqualFunc(t.keys, o.keys, func(a, b key) bool { return a.Key == b.Key })
}

// build implements keyring.Build.
func build(cfg *orderconf.Notify) (targets, bool, error) {
	made := targets{}
	var errs error
	for _, c := range cfg.GetTargets() {
		t, err := newTarget(c)
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("%s: %w", c.GetId(), err))
			continue
		}
		made[c.GetId()] = t
	}
	if errs != nil {
		return nil, false, errs
	}
	return made, len(made) > 0, nil
}

func newTarget(c *orderconf.NotifyTarget) (*target, error) {
	address, err := url.Parse(c.GetEndpoint().GetUrl())
	if err != nil || address.Scheme != "https" && address.Scheme != "http" || address.Host == "" {
		// Without the address: it may hold a secret.
		return nil, errors.New("endpoint.url: must be an address of http or https")
	}
	client, err := outbound.NewClient(c.GetEndpoint())
	if err != nil {
		return nil, fmt.Errorf("endpoint.%w", err)
	}
	loaded, err := keyring.Load(c.GetKeys())
	if err != nil {
		return nil, err
	}
	t := &target{endpoint: c.GetEndpoint(), client: client}
	for _, k := range loaded {
		secret, err := keyring.ParseWebhookSecret(k.Text)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", k.ID, err)
		}
		webhook, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			return nil, fmt.Errorf("key %s: refused", k.ID)
		}
		t.keys = append(t.keys, key{Key: k, webhook: webhook})
	}
	return t, nil
}

// send makes one try.
func (t *target) send(ctx context.Context, m message, clock func() time.Time) error {
	now := clock()
	signature, err := t.sign(m, now)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.endpoint.GetUrl(), bytes.NewReader(m.body))
	if err != nil {
		return errors.New("the request cannot be made")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "stockonce")
	req.Header.Set(standardwebhooks.HeaderWebhookID, m.id)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	res, err := outbound.Do(t.client, req)
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	_, _ = io.CopyN(io.Discard, res.Body, maxRead) // the status has told everything
	_ = res.Body.Close()
	return judge(res, clock())
}

// sign signs with every key that is valid now, so that the receiver can change from
// one to the next when it likes.
func (t *target) sign(m message, now time.Time) (string, error) {
	var signatures []string
	for _, k := range t.keys {
		if !k.ValidAt(now) {
			continue
		}
		signature, err := k.webhook.Sign(m.id, now, m.body)
		if err != nil {
			return "", fmt.Errorf("key %s: cannot sign", k.ID)
		}
		signatures = append(signatures, signature)
	}
	if signatures == nil {
		return "", errors.New("no key is valid now")
	}
	return strings.Join(signatures, " "), nil
}
