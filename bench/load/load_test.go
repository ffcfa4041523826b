package load_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stockonce/stockonce/bench/load"
)

const get = "GET / HTTP/1.1\r\nHost: test\r\n\r\n"

func plan(server *httptest.Server) load.Plan {
	return load.Plan{
		Addr: strings.TrimPrefix(server.URL, "http://"), Rate: 500, For: 400 * time.Millisecond,
		Next: func() load.Request { return load.Request{Bytes: []byte(get)} }, InFlight: 500, Patience: 5 * time.Second,
	}
}

func TestASlowServerIsNotSentLess(t *testing.T) {
	var arrived atomic.Int64
	end := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived.Add(1)
		<-end
	}))
	defer server.Close()
	time.AfterFunc(time.Second, func() { close(end) })
	r := load.Run(t.Context(), plan(server))
	if n := arrived.Load(); n < 150 || n > 200 {
		t.Errorf("%d of 200 requests were sent while none was answered", n)
	}
	if r.Good(50) < 700*time.Millisecond {
		t.Errorf("half took at most %s; the first answer came after 1 s", r.Good(50))
	}
}

func TestAnswersAreCountedByWhatTheySay(t *testing.T) {
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1)%2 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	r := load.Run(t.Context(), plan(server))
	good, bad := r.Status[200], r.Status[503]
	if good == 0 || good-bad < 0 || good-bad > 1 || r.Failed > 0 {
		t.Errorf("got %v, %d failed: %v", r.Status, r.Failed, r.Failure)
	}
}

func TestWhatCannotBeSentIsCounted(t *testing.T) {
	end := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-end }))
	defer server.Close()
	time.AfterFunc(600*time.Millisecond, func() { close(end) })
	p := plan(server)
	p.InFlight = 10
	if r := load.Run(t.Context(), p); r.Unsent < 100 || r.Status[200] != 10 {
		t.Errorf("%d unsent, %v answered", r.Unsent, r.Status)
	}
}
