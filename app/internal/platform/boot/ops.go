package boot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/pprof"
	"runtime"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/health"
)

// ops is the operators' listener. It has a server and a mux of its own: nothing of
// it is on the public port, and time-outs of requests do not cut profiles short.
type ops struct {
	server *http.Server
	lis    net.Listener
}

// newOps listens at once, so that the address is known and a taken port is told.
func newOps(addr string, mux *http.ServeMux, logger *slog.Logger) (*ops, error) {
	lis, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("server.ops.addr: %w", err)
	}
	return &ops{lis: lis, server: &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}}, nil
}

func (o *ops) Start(context.Context) error {
	if err := o.server.Serve(o.lis); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("ops listener: %w", err)
	}
	return nil
}

func (o *ops) Stop(ctx context.Context) error {
	if err := o.server.Shutdown(ctx); err != nil {
		return o.server.Close()
	}
	return nil
}

// opsMux has the paths that operators and orchestrators ask.
func opsMux(service, version string, state *health.State, metrics http.Handler) *http.ServeMux {
	live := func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, map[string]any{"live": true}) }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", live)
	mux.HandleFunc("GET /healthz", live)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		report := state.Ready(r.Context())
		code := http.StatusOK
		if !report.Ready {
			code = http.StatusServiceUnavailable
		}
		// Names only: the errors are for the log.
		reply(w, code, map[string]any{
			"ready": report.Ready, "draining": report.Draining,
			"failed": append([]string{}, slices.Sorted(maps.Keys(report.Failed))...),
		})
	})
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]any{"service": service, "version": version, "go": runtime.Version()})
	})
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func reply(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) //nolint:errchkjson // plain values; the asker went away
}
