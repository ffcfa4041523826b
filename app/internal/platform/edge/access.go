package edge

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-kratos/kratos/v2/middleware"
	khttp "github.com/go-kratos/kratos/v2/transport/http"
	"github.com/gorilla/mux"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/stockonce/stockonce/app/internal/platform/access"
)

// refusedBodyTime is how long the body of a request that was refused may take to come:
// net/http reads the end of short ones before it answers.
const refusedBodyTime = time.Second

// Access decides who may call what; access.Guard does.
type Access interface {
	// Admit returns ctx with the caller of the operation, or why it may not call it: an
	// *access.RefusalError.
	Admit(ctx context.Context, operation string, shown access.Credentials) (context.Context, error)
}

// admit asks the kit's guard.
func (k *Kit) admit(ctx context.Context, operation string, shown access.Credentials) (context.Context, error) {
	ctx, err := k.Access.Admit(ctx, operation, shown)
	if caller, ok := access.From(ctx); ok {
		recordFrom(ctx).subject = caller.Subject
	}
	r, ok := errors.AsType[*access.RefusalError](err)
	if !ok {
		return ctx, err
	}
	recordFrom(ctx).subject = r.Subject
	switch r.Reason {
	case access.Anonymous, access.Unbelieved:
		return ctx, refuse(http.StatusUnauthorized, "UNAUTHENTICATED", "%s", r.Error())
	case access.Undecided:
		return ctx, refuse(http.StatusServiceUnavailable, "UNAVAILABLE", "%s", r.Error())
	case access.Denied:
	}
	return ctx, refuse(http.StatusForbidden, "PERMISSION_DENIED", "%s", r.Error())
}

// guard lets nobody past who may not call.
func (k *Kit) guard(next middleware.Handler) middleware.Handler {
	return func(ctx context.Context, req any) (any, error) {
		shown := access.Credentials{Authorization: metadata.ValueFromIncomingContext(ctx, "authorization")}
		if p, ok := peer.FromContext(ctx); ok {
			if info, ok := p.AuthInfo.(credentials.TLSInfo); ok {
				shown.TLS = &info.State
			}
		}
		ctx, err := k.admit(ctx, operation(ctx), shown)
		if err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}

// guard lets nobody past who may not call the route's RPC. It comes before anything of
// the body or the query is looked at: strangers learn nothing of either. A route that
// belongs to no RPC is called by nobody.
func (h *httpEdge) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if rpc, ok := access.Operation(r.Method, operation(ctx)); ok {
			khttp.SetOperation(ctx, rpc)
		}
		ctx, err := h.kit.admit(ctx, operation(ctx), access.Credentials{
			Authorization: r.Header.Values("Authorization"), TLS: r.TLS,
		})
		if err == nil {
			next.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		if r.ContentLength != 0 {
			_ = http.NewResponseController(recordFrom(ctx).writer).SetReadDeadline(time.Now().Add(refusedBodyTime))
		}
		challenge(w.Header(), r.Header, err)
		h.encodeError(w, r, err)
	})
}

// challenge tells how to do better: RFC 6750 section 3.
func challenge(out, in http.Header, err error) {
	a, ok := errors.AsType[*answer](err)
	switch {
	case !ok:
	case a.Code == http.StatusForbidden:
		out.Set("WWW-Authenticate", `Bearer error="insufficient_scope"`)
	case a.Code == http.StatusUnauthorized && in.Get("Authorization") == "":
		out.Set("WWW-Authenticate", "Bearer")
	case a.Code == http.StatusUnauthorized:
		out.Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="`+a.Message+`"`)
	}
}

// onRoutes has f surround every route's handler, after the router found it, so that f
// knows the route, and paths without one do not come to it. It must be Kratos' last
// filter: the router is what that one meets.
func onRoutes(f mux.MiddlewareFunc) khttp.FilterFunc {
	return func(next http.Handler) http.Handler {
		router, ok := next.(*mux.Router)
		if !ok {
			panic("edge: no router behind Kratos' last filter")
		}
		router.Use(f)
		return router
	}
}
