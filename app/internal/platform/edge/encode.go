package edge

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// encode writes a response as JSON, or as its raw route wants.
func (h *httpEdge) encode(w http.ResponseWriter, r *http.Request, v any) error {
	recordFrom(r.Context()).operation = operation(r.Context())
	// Kratos' writer repeats the status with every Write; ours is below it.
	plain := w
	if u, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
		plain = u.Unwrap()
	}
	if raw := h.rawRoute(r); raw != nil {
		if done, err := raw.Encode(plain, r, v); done || err != nil {
			return err
		}
	}
	msg, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("%T cannot be encoded", v)
	}
	body, err := (protojson.MarshalOptions{EmitUnpopulated: true}).Marshal(msg)
	if err != nil {
		return fmt.Errorf("encode response: %w", err)
	}
	writeJSON(plain, http.StatusOK, body)
	return nil
}

// encodeError writes an error as JSON.
func (h *httpEdge) encodeError(w http.ResponseWriter, r *http.Request, err error) {
	ctx := r.Context()
	a := h.kit.answer(ctx, err)
	rec := recordFrom(ctx)
	rec.operation, rec.reason = operation(ctx), a.Reason
	body, err := json.Marshal(struct {
		Code     int32             `json:"code"`
		Reason   string            `json:"reason"`
		Message  string            `json:"message"`
		Metadata map[string]string `json:"metadata,omitempty"`
	}{a.Code, a.Reason, a.Message, a.Metadata})
	if err != nil {
		body = []byte(`{"code":500,"reason":"INTERNAL","message":"internal error"}`)
	}
	if a.Code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	}
	writeJSON(w, int(a.Code), body)
}

func writeJSON(w http.ResponseWriter, code int, body []byte) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(body) // a client that has gone is no error of ours
}
