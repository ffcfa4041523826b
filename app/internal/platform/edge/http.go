package edge

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	khttp "github.com/go-kratos/kratos/v2/transport/http"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile"
)

const (
	bodyLimit    = 1 << 20
	rawBodyLimit = 64 << 10
	headerLimit  = 16 << 10
	// headerTime is how long a client may take for its headers.
	headerTime = 5 * time.Second
	// idleTime is longer than gateways keep idle connections, so that it is they
	// who close them and no request meets a connection that just went away.
	idleTime = 120 * time.Second
)

// RawRoute is a route whose request must be taken, and whose answer must be
// written, byte for byte: not as JSON. A query is refused there.
type RawRoute struct {
	// Match tells the route's requests, by method and path.
	Match func(*http.Request) bool
	// Limit is the longest body in bytes; 0 means 64 KiB.
	Limit int64
	// Decode fills the RPC's request v. Variables of the path are set after it.
	Decode func(r *http.Request, body []byte, v any) error
	// Encode writes the RPC's response v with an ordinary ResponseWriter, or returns
	// false having written nothing: then v is written as JSON. Errors of the RPC do
	// not come here; they are answered as everywhere.
	Encode func(w http.ResponseWriter, r *http.Request, v any) (bool, error)
}

// HTTPOption adjusts the HTTP server.
type HTTPOption func(*httpEdge)

// WithRawRoute adds a raw route.
func WithRawRoute(r RawRoute) HTTPOption {
	return func(h *httpEdge) { h.raw = append(h.raw, r) }
}

// httpEdge is Kratos' hooks into HTTP.
type httpEdge struct {
	kit *Kit
	raw []RawRoute
	// bodyTime is how long a client may take for its body.
	bodyTime time.Duration
}

// NewHTTPServer makes the API's HTTP server: strict JSON in, JSON out whatever the
// client accepts, everything limited, and errors as the kit's map names them. An error
// names the file that TLS cannot be made of.
func NewHTTPServer(cfg *conf.Listener, k *Kit, opts ...HTTPOption) (*khttp.Server, error) {
	timeout := cfg.GetTimeout().AsDuration()
	h := &httpEdge{kit: k, bodyTime: timeout}
	for _, o := range opts {
		o(h)
	}
	options := []khttp.ServerOption{
		khttp.Address(cfg.GetAddr()),
		khttp.Timeout(timeout),
		khttp.StrictSlash(false),
		khttp.Filter(h.observe, onRoutes(h.guard)),
		khttp.Middleware(k.bound, k.around(), k.fair, validateRequest),
		khttp.RequestDecoder(h.decodeBody),
		khttp.RequestQueryDecoder(decodeQuery),
		khttp.RequestVarsDecoder(decodeVars),
		khttp.ResponseEncoder(h.encode),
		khttp.ErrorEncoder(h.encodeError),
		// Kratos' default for both is http.DefaultServeMux, where any package may
		// have left handlers, pprof among them.
		khttp.NotFoundHandler(h.always(refuse(http.StatusNotFound, "NOT_FOUND", "no such path"))),
		khttp.MethodNotAllowedHandler(h.always(refuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "the path does not take this method"))),
	}
	scheme := "http"
	if cfg.GetTls() != nil {
		// Not h2: the limits above and below are a connection's, which is one request
		// at a time.
		tlsConfig, err := tlsfile.Server(cfg.GetTls(), "server.http.tls", k.Logger, "http/1.1")
		if err != nil {
			return nil, err
		}
		options = append(options, khttp.TLSConfig(tlsConfig))
		scheme = "https"
	}
	if cfg.GetAdvertise() != "" {
		options = append(options, khttp.Endpoint(&url.URL{Scheme: scheme, Host: cfg.GetAdvertise()}))
	}
	srv := khttp.NewServer(options...)
	srv.ReadHeaderTimeout = headerTime
	// A backstop for bodies that no decoder reads. It must outlast a request: when
	// it strikes, net/http cancels the handler's context.
	srv.ReadTimeout = headerTime + 2*timeout
	srv.WriteTimeout = headerTime + 3*timeout
	srv.IdleTimeout = idleTime
	srv.MaxHeaderBytes = headerLimit
	if most := int(cfg.GetConnections()); most > 0 {
		srv.ConnState = (&connections{most: most, open: map[net.Conn]struct{}{}}).watch
	}
	srv.ErrorLog = slog.NewLogLogger(k.Logger.Handler(), slog.LevelWarn)
	return srv, nil
}

// always answers every request with the same error.
func (h *httpEdge) always(a *answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.encodeError(w, r, a) })
}

// rawRoute finds the raw route of a request, or nil.
func (h *httpEdge) rawRoute(r *http.Request) *RawRoute {
	for i := range h.raw {
		if h.raw[i].Match(r) {
			return &h.raw[i]
		}
	}
	return nil
}

// observe surrounds everything, also what no route takes: it records the request
// and answers panics of the chain itself.
func (h *httpEdge) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &record{transport: "http", operation: "unknown", peer: r.RemoteAddr, writer: w}
		r = r.WithContext(withRecord(r.Context(), rec))
		out := &writer{ResponseWriter: w}
		defer func() {
			p := recover()
			if p != nil && p != http.ErrAbortHandler { //nolint:errorlint // net/http compares as well
				h.kit.logPanic(r.Context(), p)
				if out.code == 0 {
					h.encodeError(out, r, internal())
					p = nil
				}
			}
			rec.code = max(out.code, http.StatusOK)
			if p != nil {
				rec.code = http.StatusInternalServerError
			}
			h.kit.finish(r.Context(), rec, time.Since(start))
			if p != nil {
				// Half an answer is out: cut the connection, or it would pass for whole.
				panic(http.ErrAbortHandler)
			}
		}()
		if refused := h.refusal(r, rec); refused != nil {
			h.encodeError(out, r, refused)
			return
		}
		next.ServeHTTP(out, r)
	})
}

// refusal is the answer to a request that will not be taken on, before its body is
// read and before anything is done for it; nil lets it pass.
func (h *httpEdge) refusal(r *http.Request, rec *record) error {
	rec.open = h.rawRoute(r) != nil
	l := h.kit.limits.Load()
	if l == nil {
		return nil
	}
	why := h.kit.closed(l, rec.open)
	if why == "" {
		return nil
	}
	if r.ContentLength != 0 {
		_ = http.NewResponseController(rec.writer).SetReadDeadline(time.Now().Add(refusedBodyTime))
	}
	return h.kit.shed(r.Context(), rec, why)
}

// writer remembers the status. Kratos' own writer sends it again with every Write.
type writer struct {
	http.ResponseWriter
	code int
}

func (w *writer) WriteHeader(code int) {
	if w.code == 0 {
		w.code = code
		w.ResponseWriter.WriteHeader(code)
	}
}

func (w *writer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.ResponseWriter.Write(b)
}

func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
