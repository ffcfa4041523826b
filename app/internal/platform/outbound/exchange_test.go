package outbound_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
)

func TestAnAnswerIsTakenWhateverItsStatus(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Method", r.Method)
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(body)
	}))
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := outbound.Exchange(newClient(t, endpoint(server.URL)), req)
	if err != nil || answer.Status != http.StatusTeapot || string(answer.Body) != "hello" || answer.Header.Get("X-Method") != http.MethodPost {
		t.Errorf("%+v, %v", answer, err)
	}
}

func TestAnAnswerIsReadUpToItsLimit(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/limit":
			_, _ = w.Write(make([]byte, 1<<20))
		case "/more":
			_, _ = w.Write(make([]byte, 1<<20+1))
		case "/bomb": // 100 KiB that become 100 MiB
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 100 {
				_, _ = z.Write(make([]byte, 1<<20))
			}
			_ = z.Close()
		case "/cut":
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "half")
		case "/headers":
			w.Header().Set("X-Long", strings.Repeat("x", 128<<10))
		}
	}))
	quiet(server)
	defer server.Close()
	c := newClient(t, endpoint(server.URL))
	if _, body, err := get(t, c, server.URL+"/limit"); len(body) != 1<<20 || err != nil {
		t.Errorf("1 MiB: %d bytes, %v", len(body), err)
	}
	for _, path := range []string{"/more", "/bomb"} {
		if _, body, err := get(t, c, server.URL+path); body != nil || !errors.Is(err, outbound.ErrAnswerTooLong) {
			t.Errorf("%s: %d bytes, %v", path, len(body), err)
		}
	}
	if _, body, err := get(t, c, server.URL+"/cut"); body != nil || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("an answer that was cut: %q, %v", body, err)
	}
	if _, _, err := get(t, c, server.URL+"/headers"); err == nil {
		t.Error("headers without end were read")
	}
}

func TestAnExchangeEndsWithItsTimeout(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	e := endpoint(server.URL)
	e.Timeout = durationpb.New(50 * time.Millisecond)
	_, _, err := get(t, newClient(t, e), server.URL)
	if timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err); !ok || !timeout.Timeout() {
		t.Errorf("error %v", err)
	}
}

func TestAnErrorLeavesTheAddressOut(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://user:s3cret@" + listener.Addr().String() + "/s3cret?token=s3cret"
	_ = listener.Close() // nobody answers there now
	c := newClient(t, endpoint(address))
	_, _, err = get(t, c, address)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %v", err)
	}
	if _, ok := errors.AsType[*net.OpError](err); !ok {
		t.Errorf("error %v does not say why", err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := outbound.Do(c, req)
	if err == nil {
		_ = res.Body.Close()
	}
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %v", err)
	}
}

func TestACallOfSeveralExchangesIsBoundedAsAWhole(t *testing.T) {
	ctx, cancel := outbound.Bounded(context.Background(), &http.Client{Timeout: time.Hour})
	defer cancel()
	if end, ok := ctx.Deadline(); !ok || time.Until(end) > time.Hour || time.Until(end) < 59*time.Minute {
		t.Errorf("ends %s, %t", end, ok)
	}
	ctx, cancel = outbound.Bounded(context.Background(), &http.Client{})
	if _, ok := ctx.Deadline(); ok || ctx.Err() != nil {
		t.Errorf("a client without a time-out bounds it: %v", ctx.Err())
	}
	cancel()
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("not cancelled: %v", ctx.Err())
	}
}
