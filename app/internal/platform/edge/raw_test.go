package edge

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

var errForged = errors.New("forged")

// rawRoute takes the body into the address and answers it in upper case.
var rawRoute = RawRoute{
	Match: func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/v1/raw/") },
	Decode: func(r *http.Request, body []byte, v any) error {
		in := v.(*conf.Consul)
		in.Address, in.TokenFile = string(body), r.Header.Get("X-Signature")
		return nil
	},
	Encode: func(w http.ResponseWriter, _ *http.Request, v any) (bool, error) {
		out := v.(*conf.Consul)
		if out.GetAddress() == "as json" {
			return false, nil
		}
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusAccepted)
		_, err := w.Write([]byte(strings.ToUpper(out.GetAddress())))
		return true, err
	},
}

func TestRawRoute(t *testing.T) {
	b := newBundle(func(err error) *kerrors.Error {
		if errors.Is(err, errForged) {
			return kerrors.Unauthorized("FORGED", "the signature is wrong")
		}
		return nil
	})
	var seen *conf.Consul
	b.handle = func(_ context.Context, req proto.Message) (proto.Message, error) {
		seen = req.(*conf.Consul)
		if seen.GetTokenFile() == "wrong" {
			return nil, errForged
		}
		return req, nil
	}
	url := b.serveHTTP(t, 2*time.Second, WithRawRoute(rawRoute)) + "/v1/raw/http"

	t.Run("takes the body's bytes, the headers and the path as they are", func(t *testing.T) {
		const body = "{\"a\": \"\\u00e9\"}\r\n\xff"
		send(t, "POST", url, body, "X-Signature", "s", "Content-Type", "text/xml", "Content-Encoding", "odd")
		if seen.GetAddress() != body || seen.GetTokenFile() != "s" || seen.GetScheme() != "http" {
			t.Errorf("got %q", seen)
		}
	})
	t.Run("answers in its own words", func(t *testing.T) {
		g := send(t, "POST", url, "ok")
		if g.status != http.StatusAccepted || g.body != "OK" || g.header.Get("Content-Type") != "text/plain" {
			t.Errorf("got %+v", g)
		}
	})
	t.Run("or in JSON when it has none", func(t *testing.T) {
		g := send(t, "POST", url, "as json")
		if g.status != 200 || g.header.Get("Content-Type") != jsonType {
			t.Errorf("got %+v", g)
		}
	})
	t.Run("refuses a query", func(t *testing.T) {
		seen = nil
		g := send(t, "POST", url+"?address=x", "ok")
		if g.status != 400 || g.err.Reason != "INVALID_ARGUMENT" || seen != nil {
			t.Errorf("got %+v", g)
		}
	})
	t.Run("refuses what is over its own limit", func(t *testing.T) {
		if g := send(t, "POST", url, strings.Repeat("x", rawBodyLimit)); g.status != http.StatusAccepted {
			t.Errorf("got %d at the limit", g.status)
		}
		if g := send(t, "POST", url, strings.Repeat("x", rawBodyLimit+1)); g.status != 413 || g.err.Reason != "BODY_TOO_LARGE" {
			t.Errorf("got %+v", g)
		}
	})
	t.Run("its errors are answered as everywhere", func(t *testing.T) {
		g := send(t, "POST", url, "x", "X-Signature", "wrong")
		if g.status != 401 || g.err.Reason != "FORGED" {
			t.Errorf("got %+v", g)
		}
	})
}
