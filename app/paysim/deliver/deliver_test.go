package deliver

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func request(body string) Request {
	return func(time.Time) (http.Header, []byte) {
		return http.Header{"X-Test": {"yes"}}, []byte(body)
	}
}

func serve(t *testing.T, handler http.HandlerFunc) *Sender {
	t.Helper()
	server := httptest.NewServer(handler)
	sender := NewSender(server.URL, 5*time.Second)
	t.Cleanup(func() { sender.Close(); server.Close() })
	return sender
}

func TestSender(t *testing.T) {
	t.Run("the bytes and headers arrive as they were made", func(t *testing.T) {
		var got, header string
		sender := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			got, header = string(body), r.Header.Get("X-Test")
		})
		answer := sender.Send(t.Context(), request("raw \x00 bytes"))
		if !answer.OK() || got != "raw \x00 bytes" || header != "yes" {
			t.Errorf("answer %+v, body %q, header %q", answer, got, header)
		}
	})
	t.Run("a refusal is an answer, not an error", func(t *testing.T) {
		sender := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			http.Error(w, "later", http.StatusServiceUnavailable)
		})
		answer := sender.Send(t.Context(), request(""))
		if answer.OK() || answer.Err != nil || answer.Status != 503 || answer.RetryAfter != "7" || answer.Body != "later\n" {
			t.Errorf("answer %+v", answer)
		}
	})
	t.Run("redirects are not followed", func(t *testing.T) {
		var calls atomic.Int32
		sender := serve(t, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		})
		answer := sender.Send(t.Context(), request(""))
		if answer.Status != http.StatusTemporaryRedirect || calls.Load() != 1 {
			t.Errorf("answer %+v after %d calls", answer, calls.Load())
		}
	})
	t.Run("nobody listening is told", func(t *testing.T) {
		sender := NewSender("http://127.0.0.1:1/", time.Second)
		defer sender.Close()
		if answer := sender.Send(t.Context(), request("")); answer.Err == nil || answer.OK() {
			t.Errorf("answer %+v", answer)
		}
	})
	t.Run("tries at once are under way together", func(t *testing.T) {
		const n = 20
		var here atomic.Int32
		all := make(chan struct{})
		sender := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			if here.Add(1) == n {
				close(all)
			}
			select {
			case <-all:
			case <-r.Context().Done():
			}
		})
		for _, answer := range sender.AtOnce(t.Context(), n, request("")) {
			if !answer.OK() {
				t.Fatalf("answer %+v", answer)
			}
		}
	})
	t.Run("each try is signed for its own time", func(t *testing.T) {
		sender := serve(t, func(http.ResponseWriter, *http.Request) {})
		var times []time.Time
		answers := sender.Repeat(t.Context(), 3, func(at time.Time) (http.Header, []byte) {
			times = append(times, at)
			return http.Header{}, nil
		})
		if len(answers) != 3 || len(times) != 3 || !times[0].Before(times[1]) || !times[1].Before(times[2]) {
			t.Errorf("%d answers, times %v", len(answers), times)
		}
	})
	t.Run("repeating stops when the caller gives up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		sender := serve(t, func(http.ResponseWriter, *http.Request) { cancel() })
		if answers := sender.Repeat(ctx, 1000, request("")); len(answers) >= 1000 {
			t.Errorf("%d answers after the end", len(answers))
		}
	})
}

func TestTable(t *testing.T) {
	var out strings.Builder
	err := WriteTable(&out, []Answer{
		{Status: 401, Body: "{\n \"reason\": \"BAD\"}", Took: 3 * time.Millisecond},
		{Status: 200, Took: 30 * time.Millisecond},
		{Status: 200, Took: 10 * time.Millisecond},
		{Status: 200, Took: 20 * time.Millisecond},
		{Status: 503, RetryAfter: "1", Body: strings.Repeat("x", 500)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"COUNT   ANSWER",
		"3       200 OK                                   10ms      20ms     30ms",
		"1       401 Unauthorized                         3ms       3ms      3ms       { \"reason\": \"BAD\"}",
		"1       503 Service Unavailable, retry after 1   0s        0s       0s        " + strings.Repeat("x", 100) + "…",
	}
	lines := strings.Split(out.String(), "\n")
	for i, start := range want {
		if !strings.HasPrefix(lines[i], start) {
			t.Errorf("line %d is\n%s\nwant\n%s", i, lines[i], start)
		}
	}
}
