package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const (
	secretA = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	secretB = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)

var (
	now  = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	paid = domain.OrderEvent{
		OrderNumber: "0001abc", Sequence: 2,
		Event:  domain.Event{Kind: domain.EventPaid, Subject: "P1", Note: "by wechatpay"},
		Status: domain.Paid, At: now.Add(-time.Hour + 123456*time.Microsecond),
	}
)

// received is a request as a target saw it.
type received struct {
	http.Header
	body   string
	method string
	path   string
}

// receiver is a target that answers as it is told.
type receiver struct {
	*httptest.Server
	answer http.HandlerFunc

	mu       sync.Mutex
	requests []received
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.requests = append(r.requests, received{req.Header.Clone(), string(body), req.Method, req.URL.RequestURI()})
		r.mu.Unlock()
		r.answer(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// verified is the specification's scheme, written apart from the library that signs.
func verified(t *testing.T, secret string, r received) bool {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, raw)
	_, _ = io.WriteString(mac, r.Get("webhook-id")+"."+r.Get("webhook-timestamp")+"."+r.body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for got := range strings.SplitSeq(r.Get("webhook-signature"), " ") {
		if hmac.Equal([]byte(got), []byte(want)) {
			return true
		}
	}
	return false
}

// keyFile writes a secret and returns the key that names it.
func keyFile(t *testing.T, id, secret string) *platform.Key {
	t.Helper()
	path := filepath.Join(t.TempDir(), id)
	write(t, path, secret)
	return &platform.Key{Id: id, File: path}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func targetAt(url string, keys ...*platform.Key) *conf.NotifyTarget {
	return &conf.NotifyTarget{
		Id: "fulfilment", Keys: keys,
		Endpoint: &platform.Endpoint{Url: url, Timeout: durationpb.New(5 * time.Second)},
	}
}

func newNotifier(t *testing.T, targets ...*conf.NotifyTarget) *Notifier {
	t.Helper()
	n, err := New(&conf.Notify{Targets: targets}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	n.now = func() time.Time { return now }
	return n
}
