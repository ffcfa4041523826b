package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

func TestTheSpecificationsExampleIsSignedAsPublished(t *testing.T) {
	n := newNotifier(t, targetAt("https://example.com", keyFile(t, "spec", secretA)))
	m := message{id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: []byte(`{"test": 2432232314}`)}
	got, err := n.current()["fulfilment"].sign(m, time.Unix(1614265330, 0))
	if err != nil || got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signed %s, %v", got, err)
	}
}

func TestATargetIsSentASignedWebhook(t *testing.T) {
	r := newReceiver(t, status(http.StatusOK))
	n := newNotifier(t, targetAt(r.URL+"/orders?shop=1", keyFile(t, "a", secretA)))
	if err := n.Notify(context.Background(), "fulfilment", paid); err != nil {
		t.Fatal(err)
	}
	got := r.all()[0]
	if got.method != http.MethodPost || got.path != "/orders?shop=1" || !verified(t, secretA, got) {
		t.Errorf("%s %s, verified %t", got.method, got.path, verified(t, secretA, got))
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "stockonce",
		"Webhook-Id": "evt_0001abc_2", "Webhook-Timestamp": strconv.FormatInt(now.Unix(), 10),
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %s", name, got.Get(name))
		}
	}
	want := `{"type":"order.paid","timestamp":"2026-11-23T07:00:00.123456Z","data":` +
		`{"orderNumber":"0001abc","sequence":2,"status":"paid","subject":"P1","note":"by wechatpay"}}`
	if got.body != want {
		t.Errorf("body\n%s, want\n%s", got.body, want)
	}
	t.Run("with every field even when there is nothing to say", func(t *testing.T) {
		plain := paid
		plain.Event = domain.Event{Kind: domain.EventPlaced}
		if err := n.Notify(context.Background(), "fulfilment", plain); err != nil {
			t.Fatal(err)
		}
		var body struct{ Data map[string]any }
		if err := json.Unmarshal([]byte(r.all()[1].body), &body); err != nil || len(body.Data) != 5 {
			t.Errorf("%v, %v", body, err)
		}
	})
}

func TestARetryHasTheSameIDAndBodyAndIsSignedAnew(t *testing.T) {
	r := newReceiver(t, status(http.StatusInternalServerError))
	n := newNotifier(t, targetAt(r.URL, keyFile(t, "a", secretA)))
	for range 2 {
		if err := n.Notify(context.Background(), "fulfilment", paid); err == nil {
			t.Error("status 500 counts as taken")
		}
		n.now = func() time.Time { return now.Add(2 * time.Hour) }
	}
	first, second := r.all()[0], r.all()[1]
	if first.Get("webhook-id") != second.Get("webhook-id") || first.body != second.body {
		t.Error("the receiver cannot tell that it is a repeat")
	}
	if second.Get("webhook-timestamp") != strconv.FormatInt(now.Add(2*time.Hour).Unix(), 10) || !verified(t, secretA, second) {
		t.Errorf("the receiver would take it for a replay: %v", second.Header)
	}
}

func TestAReceiverMayChangeFromKeyToKeyAtAnyTimeOfTheOverlap(t *testing.T) {
	older, newer := keyFile(t, "old", secretA), keyFile(t, "new", secretB)
	newer.NotBefore, older.NotAfter = "2026-11-23T07:00:00Z", "2026-11-23T09:00:00Z"
	r := newReceiver(t, status(http.StatusOK))
	n := newNotifier(t, targetAt(r.URL, older, newer))
	for i, tc := range []struct {
		name     string
		at       time.Time
		old, new bool
	}{
		{"before", now.Add(-2 * time.Hour), true, false},
		{"during", now, true, true},
		{"after", now.Add(time.Hour), false, true},
	} {
		n.now = func() time.Time { return tc.at }
		if err := n.Notify(context.Background(), "fulfilment", paid); err != nil {
			t.Fatal(err)
		}
		got := r.all()[i]
		if a, b := verified(t, secretA, got), verified(t, secretB, got); a != tc.old || b != tc.new {
			t.Errorf("%s the overlap: old key %t, new key %t", tc.name, a, b)
		}
	}
	t.Run("without a valid key nothing is sent", func(t *testing.T) {
		n := newNotifier(t, targetAt(r.URL, older))
		n.now = func() time.Time { return now.Add(time.Hour) }
		before := len(r.all())
		if err := n.Notify(context.Background(), "fulfilment", paid); err == nil || len(r.all()) != before {
			t.Errorf("error %v, sent %d", err, len(r.all())-before)
		}
	})
}
