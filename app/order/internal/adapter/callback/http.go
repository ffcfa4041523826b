package callback

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
)

// maxBody is the longest notice taken. The longest a provider documents is Stripe's.
const maxBody = 64 << 10

// Raw is how the generated route of the callback takes requests and writes answers:
// byte for byte, because signatures cover the bytes and every provider wants other
// words.
func Raw() edge.RawRoute {
	return edge.RawRoute{Match: match, Limit: maxBody, Decode: decode, Encode: encode}
}

// match tells a callback from other requests.
func match(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/v1/payments/") && strings.HasSuffix(r.URL.Path, "/callback")
}

// decode puts headers and body into the RPC's request as they arrived.
func decode(r *http.Request, body []byte, v any) error {
	in, ok := v.(*orderv1.ReceiveCallbackRequest)
	if !ok {
		return fmt.Errorf("%T is no callback", v)
	}
	in.Body = body
	// Sorted, so that one request is kept in one form.
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			in.Headers = append(in.Headers, &orderv1.CallbackHeader{Name: name, Value: value})
		}
	}
	return nil
}

// encode writes the provider's answer as the RPC returned it.
func encode(w http.ResponseWriter, _ *http.Request, v any) (bool, error) {
	out, ok := v.(*orderv1.ReceiveCallbackResponse)
	if !ok {
		return false, nil
	}
	w.Header().Set("Content-Type", out.GetContentType())
	if out.GetStatus() == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(int(out.GetStatus()))
	_, err := w.Write(out.GetBody())
	if err != nil {
		return true, fmt.Errorf("write answer: %w", err)
	}
	return true, nil
}
