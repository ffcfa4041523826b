package edge

import (
	"context"
	"io"
	"net"
	"net/http"
	_ "net/http/pprof" // leaves handlers at http.DefaultServeMux, as any dependency may
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

const jsonType = "application/json"

func TestHTTPRequest(t *testing.T) {
	b := newBundle(nil)
	var handled proto.Message
	b.handle = func(_ context.Context, req proto.Message) (proto.Message, error) {
		handled = req
		return req, nil
	}
	url := b.serveHTTP(t, 2*time.Second)
	long := strings.Repeat("x", bodyLimit)

	for _, tc := range []struct {
		name    string
		method  string
		path    string
		body    string
		header  []string
		status  int
		reason  string
		message string
	}{
		{name: "a JSON body is taken", method: "POST", path: "/v1/databases", body: validJSON, header: []string{"Content-Type", jsonType}, status: 200},
		{name: "with its charset named", method: "POST", path: "/v1/databases", body: validJSON, header: []string{"Content-Type", "application/json; charset=UTF-8"}, status: 200},
		{name: "with identity encoding", method: "POST", path: "/v1/databases", body: validJSON, header: []string{"Content-Type", jsonType, "Content-Encoding", "identity"}, status: 200},
		{name: "proto names are taken as well", method: "POST", path: "/v1/databases", body: `{"driver":"sqlite","dsn":"a","max_open":1}`, header: []string{"Content-Type", jsonType}, status: 200},

		{name: "an empty body counts as {} and breaks its rules", method: "POST", path: "/v1/databases", status: 400, reason: "INVALID_ARGUMENT", message: "maxOpen: must be greater than or equal to 1"},
		{name: "a query beside a body is refused", method: "POST", path: "/v1/databases?dsn=b.db", body: validJSON, header: []string{"Content-Type", jsonType}, status: 400, reason: "INVALID_ARGUMENT", message: "query parameters are not taken with POST"},
		{name: "an unknown field is refused by name", method: "POST", path: "/v1/databases", body: `{"drivr":"sqlite"}`, header: []string{"Content-Type", jsonType}, status: 400, reason: "INVALID_ARGUMENT", message: "drivr: unknown field (line 1:2)"},
		{name: "a value of the wrong kind is refused by name and not repeated", method: "POST", path: "/v1/databases", body: `{"maxOpen":"hunter2"}`, header: []string{"Content-Type", jsonType}, status: 400, reason: "INVALID_ARGUMENT", message: "maxOpen: not a valid int32 (line 1:12)"},
		{name: "a field given twice is refused by name", method: "POST", path: "/v1/databases", body: `{"dsn":"a","dsn":"b"}`, header: []string{"Content-Type", jsonType}, status: 400, reason: "INVALID_ARGUMENT", message: `duplicate field "dsn"`},
		{name: "broken JSON is refused", method: "POST", path: "/v1/databases", body: `{"dsn":`, header: []string{"Content-Type", jsonType}, status: 400, reason: "INVALID_ARGUMENT", message: "not the JSON expected"},
		{name: "two JSON values are refused", method: "POST", path: "/v1/databases", body: validJSON + validJSON, header: []string{"Content-Type", jsonType}, status: 400, reason: "INVALID_ARGUMENT"},
		{name: "XML is refused", method: "POST", path: "/v1/databases", body: `<a/>`, header: []string{"Content-Type", "application/xml"}, status: 415, reason: "UNSUPPORTED_MEDIA_TYPE"},
		{name: "protobuf is refused", method: "POST", path: "/v1/databases", body: "\n", header: []string{"Content-Type", "application/proto"}, status: 415, reason: "UNSUPPORTED_MEDIA_TYPE"},
		{name: "a form is refused", method: "POST", path: "/v1/databases", body: "dsn=a", header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 415, reason: "UNSUPPORTED_MEDIA_TYPE"},
		{name: "JSON in Latin-1 is refused", method: "POST", path: "/v1/databases", body: validJSON, header: []string{"Content-Type", "application/json; charset=latin1"}, status: 415, reason: "UNSUPPORTED_MEDIA_TYPE"},
		{name: "a body without a content type is refused", method: "POST", path: "/v1/databases", body: validJSON, status: 415, reason: "UNSUPPORTED_MEDIA_TYPE"},
		{name: "a compressed body is refused", method: "POST", path: "/v1/databases", body: validJSON, header: []string{"Content-Type", jsonType, "Content-Encoding", "gzip"}, status: 415, reason: "UNSUPPORTED_MEDIA_TYPE"},
		{name: "a body over the limit is refused", method: "POST", path: "/v1/databases", body: `{"dsn":"` + long + `"}`, header: []string{"Content-Type", jsonType}, status: 413, reason: "BODY_TOO_LARGE"},
		{name: "headers over the limit are refused", method: "GET", path: "/v1/databases", header: []string{"X-Long", strings.Repeat("x", 2*headerLimit)}, status: 431},

		{name: "a query is taken where there is no body, by JSON name", method: "GET", path: "/v1/databases?driver=sqlite&dsn=a&maxOpen=1", status: 200},
		{name: "and by proto name", method: "GET", path: "/v1/databases?driver=sqlite&dsn=a&max_open=1", status: 200},
		{name: "a list may be repeated", method: "GET", path: "/v1/masks?paths=a&paths=b", status: 200},
		{name: "a nested field is found", method: "GET", path: "/v1/servers?http.adr=x", status: 400, reason: "INVALID_ARGUMENT", message: "http.adr: unknown query parameter"},
		{name: "an unknown query parameter is refused by name", method: "GET", path: "/v1/databases?drivr=sqlite", status: 400, reason: "INVALID_ARGUMENT", message: "drivr: unknown query parameter"},
		{name: "a repeated scalar is refused", method: "GET", path: "/v1/databases?maxOpen=1&maxOpen=2", status: 400, reason: "INVALID_ARGUMENT", message: "maxOpen: given more than once"},
		{name: "a scalar given under both names is refused", method: "GET", path: "/v1/databases?maxOpen=1&max_open=1", status: 400, reason: "INVALID_ARGUMENT", message: "maxOpen: given more than once"},
		{name: "a value of the wrong kind is refused by name", method: "GET", path: "/v1/databases?maxOpen=many", status: 400, reason: "INVALID_ARGUMENT", message: "maxOpen: not a valid int32"},
		{name: "a malformed query is refused", method: "GET", path: "/v1/databases?dsn=a;maxOpen=1", status: 400, reason: "INVALID_ARGUMENT", message: "the query is malformed"},

		{name: "the path fills its field", method: "POST", path: "/v1/databases/sqlite", body: `{"dsn":"a","maxOpen":1}`, header: []string{"Content-Type", jsonType}, status: 200},
		{name: "a body that contradicts the path is refused", method: "POST", path: "/v1/databases/mysql", body: validJSON, header: []string{"Content-Type", jsonType}, status: 400, reason: "INVALID_ARGUMENT", message: "driver: differs from the path"},
		{name: "a query that contradicts the path is refused", method: "GET", path: "/v1/databases/mysql?driver=sqlite", status: 400, reason: "INVALID_ARGUMENT", message: "driver: differs from the path"},
		{name: "a route that fills no field is our fault", method: "GET", path: "/v1/broken/x", status: 500, reason: "INTERNAL", message: "internal error"},

		{name: "an unknown path is JSON as well", method: "GET", path: "/nothing", status: 404, reason: "NOT_FOUND"},
		{name: "a trailing slash is another path", method: "GET", path: "/v1/databases/", status: 404, reason: "NOT_FOUND"},
		{name: "a wrong method is named so", method: "PATCH", path: "/v1/databases", status: 405, reason: "METHOD_NOT_ALLOWED"},
		{name: "profiles are not on the public port", method: "GET", path: "/debug/pprof/cmdline", status: 404, reason: "NOT_FOUND"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			handled = nil
			g := send(t, tc.method, url+tc.path, tc.body, tc.header...)
			if g.status != tc.status || g.err.Reason != tc.reason || !strings.Contains(g.err.Message, tc.message) {
				t.Errorf("got %d %s %q, want %d %s %q", g.status, g.err.Reason, g.err.Message, tc.status, tc.reason, tc.message)
			}
			if (handled != nil) != (tc.status == 200) {
				t.Errorf("the handler saw %v", handled)
			}
			if g.status != 431 && g.header.Get("Content-Type") != jsonType {
				t.Errorf("Content-Type %q", g.header.Get("Content-Type"))
			}
		})
	}
}

func TestHTTPResponse(t *testing.T) {
	b := newBundle(nil)
	url := b.serveHTTP(t, 2*time.Second)
	t.Run("is JSON whatever the client accepts, with every field", func(t *testing.T) {
		for _, accept := range []string{"application/xml", "application/proto", "application/x-yaml", ""} {
			g := send(t, "POST", url+"/v1/databases", validJSON, "Content-Type", jsonType, "Accept", accept)
			if g.status != 200 || g.header.Get("Content-Type") != jsonType || !strings.Contains(g.body, `"migrateAtStart":`) {
				t.Errorf("Accept %q: got %d %q %s", accept, g.status, g.header.Get("Content-Type"), g.body)
			}
		}
	})
	t.Run("errors too", func(t *testing.T) {
		g := send(t, "GET", url+"/nothing", "", "Accept", "application/xml")
		if g.header.Get("Content-Type") != jsonType || g.err.Code != 404 {
			t.Errorf("got %q %s", g.header.Get("Content-Type"), g.body)
		}
	})
}

func TestHTTPBody(t *testing.T) {
	t.Run("a slow body is refused in the time a request may take", func(t *testing.T) {
		b := newBundle(nil)
		url := b.serveHTTP(t, 200*time.Millisecond)
		body, slow := io.Pipe()
		defer slow.Close()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/databases", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", jsonType)
		go slow.Write([]byte(`{"dsn":`)) //nolint:errcheck // the rest never comes
		begin := time.Now()
		g := do(t, req)
		if g.status != http.StatusRequestTimeout || g.err.Reason != "BODY_TOO_SLOW" || time.Since(begin) > 5*time.Second {
			t.Errorf("got %d %s after %s", g.status, g.body, time.Since(begin))
		}
	})
	t.Run("reading it in time leaves the handler its own time", func(t *testing.T) {
		b := newBundle(nil)
		b.handle = func(ctx context.Context, req proto.Message) (proto.Message, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		url := b.serveHTTP(t, 300*time.Millisecond)
		g := send(t, "POST", url+"/v1/databases", validJSON, "Content-Type", jsonType)
		if g.status != http.StatusGatewayTimeout || g.err.Reason != "DEADLINE_EXCEEDED" {
			t.Errorf("got %d %s", g.status, g.body)
		}
	})
	t.Run("an endless body without a length costs no memory", func(t *testing.T) {
		b := newBundle(nil)
		url := b.serveHTTP(t, 5*time.Second)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 20 {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/databases", io.LimitReader(endless{}, 64<<20))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", jsonType)
			if g := do(t, req); g.status != http.StatusRequestEntityTooLarge {
				t.Fatalf("got %d %s", g.status, g.body)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 16<<20 {
			t.Errorf("the heap grew by %d bytes", grown)
		}
	})
	t.Run("one that ends early is refused", func(t *testing.T) {
		b := newBundle(nil)
		url := b.serveHTTP(t, 2*time.Second)
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("POST /v1/databases HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{")); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") || !strings.Contains(string(answer), "the body ended early") {
			t.Errorf("got %q, %v", answer, err)
		}
	})
}

func TestHTTPServerLimits(t *testing.T) {
	b := newBundle(nil)
	srv, err := NewHTTPServer(&conf.Listener{Addr: "127.0.0.1:0", Advertise: "10.1.2.3:8000"}, b.kit)
	if err != nil {
		t.Fatal(err)
	}
	if srv.ReadHeaderTimeout == 0 || srv.ReadTimeout == 0 || srv.WriteTimeout == 0 || srv.IdleTimeout == 0 || srv.MaxHeaderBytes == 0 {
		t.Errorf("a limit is missing: %+v", srv.Server)
	}
	endpoint, err := srv.Endpoint()
	if err != nil || endpoint.String() != "http://10.1.2.3:8000" {
		t.Errorf("advertised as %v, %v", endpoint, err)
	}
	if err := srv.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// endless reads as spaces, which JSON allows anywhere.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}
