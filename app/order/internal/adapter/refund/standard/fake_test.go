package standard_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund/refundtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund/standard"
	"github.com/stockonce/stockonce/app/order/internal/conf"
)

const key = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

type object = map[string]any

// fakeProvider keeps refunds by their number, and answers each as the first time.
type fakeProvider struct {
	*httptest.Server
	t *testing.T

	mu      sync.Mutex
	refunds map[string]object
	asked   []object // what was sent, in its order
	ids     []string
	paths   []string
	trade   object // the answer about a payment

	// answer, when set, answers in the provider's place.
	answer func(w http.ResponseWriter, r *http.Request) bool
	// lose says that answers get lost on their way.
	lose bool
}

func newFake(t *testing.T) *fakeProvider {
	t.Helper()
	f := &fakeProvider{t: t, refunds: map[string]object{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fakeProvider) api(change ...func(*conf.StandardApi)) refund.API {
	f.t.Helper()
	return refundtest.Settled{API: f.build(change...), Settle: f.settle}
}

func (f *fakeProvider) build(change ...func(*conf.StandardApi)) *standard.API {
	f.t.Helper()
	path := filepath.Join(f.t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("whsec_"+key+"\n"), 0o600); err != nil {
		f.t.Fatal(err)
	}
	cfg := &conf.StandardApi{
		Endpoint: &platform.Endpoint{Url: f.URL + "/pay/", Timeout: durationpb.New(5 * time.Second)},
		Key:      &platform.Secret{File: path},
	}
	for _, c := range change {
		c(cfg)
	}
	api, configured, err := standard.Build(&conf.Providers{Standard: &conf.Standard{Api: cfg}})
	if err != nil || !configured {
		f.t.Fatalf("configured %t, %v", configured, err)
	}
	return api.(*standard.API)
}

// settle waits for the request that is being served.
func (f *fakeProvider) settle() {
	f.mu.Lock()
	defer f.mu.Unlock()
}

// signed checks the specification's scheme, written apart from the library that signs.
func (f *fakeProvider) signed(r *http.Request, body []byte) bool {
	secret, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		f.t.Fatal(err)
	}
	id, at := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	seconds, err := strconv.ParseInt(at, 10, 64)
	return err == nil && time.Since(time.Unix(seconds, 0)).Abs() < time.Minute &&
		r.Header.Get("webhook-signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (f *fakeProvider) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	var in object
	if err != nil || json.Unmarshal(body, &in) != nil || r.Method != http.MethodPost || !f.signed(r, body) {
		f.t.Errorf("%s %s: not a signed request: %s", r.Method, r.URL.Path, body)
	}
	f.asked, f.ids, f.paths = append(f.asked, in), append(f.ids, r.Header.Get("webhook-id")), append(f.paths, r.URL.Path)
	if f.answer != nil && f.answer(w, r) {
		return
	}
	out := f.trade
	if r.URL.Path == "/pay/refunds" {
		number := in["refundNumber"].(string)
		if f.refunds[number] == nil {
			f.refunds[number] = object{
				"refundNumber": number, "state": "confirmed", "amount": in["amount"], "currency": in["currency"],
				"refundId": fmt.Sprintf("r%d", len(f.refunds)+1),
			}
		}
		out = f.refunds[number]
	}
	if f.lose {
		panic(http.ErrAbortHandler)
	}
	if err := json.NewEncoder(w).Encode(out); err != nil {
		f.t.Errorf("answer: %v", err)
	}
}
