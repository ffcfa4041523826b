package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func TestTheStatusDecidesWhetherTheTargetTookIt(t *testing.T) {
	date := now.Add(90 * time.Second).Format(http.TimeFormat)
	for _, tc := range []struct {
		code       int
		retryAfter string
		taken      bool
		gone       bool
		pause      time.Duration
	}{
		{code: 200, taken: true},
		{code: 201, taken: true},
		{code: 202, taken: true, retryAfter: "10"},
		{code: 204, taken: true},
		{code: 299, taken: true},
		{code: 302},
		{code: 304},
		{code: 400},
		{code: 401, retryAfter: "10"},
		{code: 404},
		{code: 410, gone: true},
		{code: 410, gone: true, retryAfter: "10"},
		{code: 429},
		{code: 429, retryAfter: "10", pause: 10 * time.Second},
		{code: 429, retryAfter: " 10 ", pause: 10 * time.Second},
		{code: 429, retryAfter: date, pause: 90 * time.Second},
		{code: 429, retryAfter: now.Add(-time.Hour).Format(http.TimeFormat)},
		{code: 429, retryAfter: "0"},
		{code: 429, retryAfter: "-10"},
		{code: 429, retryAfter: "soon"},
		{code: 429, retryAfter: "1.5"},
		{code: 500, retryAfter: "10"},
		{code: 502, retryAfter: "10", pause: 10 * time.Second},
		{code: 503},
		{code: 503, retryAfter: "86401", pause: 24 * time.Hour},
		{code: 503, retryAfter: "9223372036854775808", pause: 24 * time.Hour},
		{code: 503, retryAfter: "99999999999999999999999", pause: 24 * time.Hour},
		{code: 503, retryAfter: "Fri, 31 Dec 9999 23:59:59 GMT", pause: 24 * time.Hour},
		{code: 504, retryAfter: date, pause: 90 * time.Second},
	} {
		t.Run(fmt.Sprintf("%d %s", tc.code, tc.retryAfter), func(t *testing.T) {
			r := newReceiver(t, status(tc.code, "Retry-After", tc.retryAfter))
			err := newNotifier(t, targetAt(r.URL, keyFile(t, "a", secretA))).Notify(context.Background(), "fulfilment", paid)
			if (err == nil) != tc.taken || errors.Is(err, usecase.ErrTargetGone) != tc.gone {
				t.Errorf("error %v", err)
			}
			var pause time.Duration
			if asked, ok := errors.AsType[*usecase.RetryAfterError](err); ok {
				pause = asked.Pause
			}
			if pause != tc.pause {
				t.Errorf("asked for a pause of %s: %v", pause, err)
			}
			if err != nil && (!strings.Contains(err.Error(), strconv.Itoa(tc.code)) || !strings.Contains(err.Error(), "fulfilment")) {
				t.Errorf("an operator learns neither target nor status: %v", err)
			}
		})
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	r := newReceiver(t, http.RedirectHandler("/elsewhere", http.StatusPermanentRedirect).ServeHTTP)
	err := newNotifier(t, targetAt(r.URL, keyFile(t, "a", secretA))).Notify(context.Background(), "fulfilment", paid)
	if err == nil || !strings.Contains(err.Error(), "308") || len(r.all()) != 1 {
		t.Errorf("error %v, %d requests", err, len(r.all()))
	}
}

func TestALongOrBrokenAnswerIsAnAnswer(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"long": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) },
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "ok")
		},
	} {
		r := newReceiver(t, answer)
		if err := newNotifier(t, targetAt(r.URL, keyFile(t, "a", secretA))).Notify(context.Background(), "fulfilment", paid); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATargetThatDoesNotAnswerDidNotTakeIt(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	release := make(chan struct{})
	slow := newReceiver(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	cut := newReceiver(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })

	target := func(url string) *Notifier {
		c := targetAt(url+"/hook/T0K3N?token=T0K3N", keyFile(t, "a", secretA))
		c.Endpoint.Timeout = durationpb.New(100 * time.Millisecond)
		return newNotifier(t, c)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, tc := range []struct {
		name string
		ctx  context.Context //nolint:containedctx // of one row
		url  string
		is   error
	}{
		{"refused", context.Background(), closed.URL, nil},
		{"too slow", context.Background(), slow.URL, context.DeadlineExceeded},
		{"cut", context.Background(), cut.URL, io.EOF},
		{"no time left", cancelled, slow.URL, context.Canceled},
	} {
		err := target(tc.url).Notify(tc.ctx, "fulfilment", paid)
		if err == nil || tc.is != nil && !errors.Is(err, tc.is) {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if errors.Is(err, usecase.ErrTargetGone) || strings.Contains(err.Error(), "T0K3N") || strings.Contains(err.Error(), "MfKQ9") {
			t.Errorf("%s tells too much: %v", tc.name, err)
		}
	}
}
