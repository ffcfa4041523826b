package edge

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/go-kratos/kratos/v2/transport/http/binding"
	"github.com/gorilla/mux"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

var errNoMessage = errors.New("only protobuf messages can be decoded")

// decodeBody fills v with the request's body.
func (h *httpEdge) decodeBody(r *http.Request, v any) error {
	if raw := h.rawRoute(r); raw != nil {
		return h.decodeRaw(raw, r, v)
	}
	msg, ok := v.(proto.Message)
	if !ok {
		return errNoMessage
	}
	if err := checkEncoding(r.Header); err != nil {
		return err
	}
	named := r.Header.Get("Content-Type") != ""
	if named || r.ContentLength > 0 {
		if err := checkContentType(r.Header); err != nil {
			return err
		}
	}
	body, err := h.readBody(r, bodyLimit)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		return nil // as {}
	}
	if !named {
		return checkContentType(r.Header)
	}
	if err := (protojson.UnmarshalOptions{}).Unmarshal(body, msg); err != nil {
		return badJSON(err)
	}
	return nil
}

// decodeRaw hands the request over as it is.
func (h *httpEdge) decodeRaw(raw *RawRoute, r *http.Request, v any) error {
	if r.URL.RawQuery != "" {
		return invalid("query parameters are not taken here")
	}
	limit := raw.Limit
	if limit == 0 {
		limit = rawBodyLimit
	}
	body, err := h.readBody(r, limit)
	if err != nil {
		return err
	}
	return raw.Decode(r, body, v)
}

// readBody reads a body of at most limit bytes, within the time that one may take.
func (h *httpEdge) readBody(r *http.Request, limit int64) ([]byte, error) {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE", "the body is longer than %d bytes", limit)
	if r.ContentLength > limit {
		return nil, tooLarge
	}
	w := recordFrom(r.Context()).writer
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(h.bodyTime)); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	_, large := errors.AsType[*http.MaxBytesError](err)
	switch {
	case err == nil:
		// Only now: what is left of a bad body is drained under the deadline.
		return body, control.SetReadDeadline(time.Time{})
	case large:
		return nil, tooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.Header().Set("Connection", "close")
		return nil, refuse(http.StatusRequestTimeout, "BODY_TOO_SLOW", "the body did not arrive within %s", h.bodyTime)
	default:
		return nil, invalid("the body ended early")
	}
}

func checkEncoding(header http.Header) error {
	for _, e := range header.Values("Content-Encoding") {
		if !strings.EqualFold(e, "identity") {
			return refuse(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding: only identity is taken")
		}
	}
	return nil
}

func checkContentType(header http.Header) error {
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || kind != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return refuse(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Content-Type: only application/json is taken")
	}
	return nil
}

var (
	jsonPrefix   = regexp.MustCompile(`^proto:[\s\p{Z}]*(syntax error[\s\p{Z}]*)?`)
	jsonPosition = regexp.MustCompile(`^\(line \d+:\d+\): `)
	unknownField = regexp.MustCompile(`unknown field "([^"]*)"`)
	invalidValue = regexp.MustCompile(`invalid value for (.+) field ([^:]+): `)
)

// badJSON says what is wrong with a body, with the field's name where there is one
// and without repeating its value.
func badJSON(err error) error {
	text := jsonPrefix.ReplaceAllString(err.Error(), "")
	position := strings.TrimSuffix(jsonPosition.FindString(text), ": ")
	if m := unknownField.FindStringSubmatch(text); m != nil {
		return invalid("%.100s: unknown field %s", m[1], position)
	}
	if m := invalidValue.FindStringSubmatch(text); m != nil {
		return invalid("%.100s: not a valid %s %s", m[2], m[1], position)
	}
	return invalid("the body is not the JSON expected here: %.200s", text)
}

// decodeQuery fills v with the query of a request that has no body. Elsewhere a
// query would overrule fields of the body, which may be signed; it is refused.
func decodeQuery(r *http.Request, v any) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodDelete:
	default:
		return invalid("query parameters are not taken with %s", r.Method)
	}
	msg, ok := v.(proto.Message)
	if !ok {
		return errNoMessage
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return invalid("the query is malformed")
	}
	seen := map[string]bool{}
	for key, values := range query {
		path, fd := resolve(msg.ProtoReflect().Descriptor(), key)
		if fd == nil {
			return invalid("%.100s: unknown query parameter", key)
		}
		if seen[path] || len(values) > 1 && !fd.IsList() {
			return invalid("%s: given more than once", path)
		}
		seen[path] = true
		if err := bind(msg, key, path, fd, values); err != nil {
			return err
		}
	}
	return nil
}

// decodeVars fills v with the variables of the path. A field that the request
// also gives elsewhere must agree.
func decodeVars(r *http.Request, v any) error {
	msg, ok := v.(proto.Message)
	if !ok {
		return errNoMessage
	}
	for key, value := range mux.Vars(r) {
		path, fd := resolve(msg.ProtoReflect().Descriptor(), key)
		if fd == nil {
			return errors.New("path variable " + key + " is no field of the request")
		}
		before := proto.Clone(msg).ProtoReflect()
		if err := bind(msg, key, path, fd, []string{value}); err != nil {
			return err
		}
		if top := msg.ProtoReflect(); fd.ContainingMessage() == top.Descriptor() && before.Has(fd) && !before.Get(fd).Equal(top.Get(fd)) {
			return invalid("%s: differs from the path", path)
		}
	}
	return nil
}

// resolve finds the field that a dotted key names, by its JSON or proto names, and
// spells the key in JSON names.
func resolve(in protoreflect.MessageDescriptor, key string) (string, protoreflect.FieldDescriptor) {
	var path []string
	var fd protoreflect.FieldDescriptor
	for name := range strings.SplitSeq(key, ".") {
		if fd != nil && (fd.IsList() || fd.IsMap()) || in == nil {
			return "", nil
		}
		fields := in.Fields()
		if fd = fields.ByJSONName(name); fd == nil {
			fd = fields.ByName(protoreflect.Name(name))
		}
		if fd == nil {
			return "", nil
		}
		path, in = append(path, fd.JSONName()), fd.Message()
	}
	return strings.Join(path, "."), fd
}

// bind sets one field from text.
func bind(msg proto.Message, key, path string, fd protoreflect.FieldDescriptor, values []string) error {
	if err := binding.BindQuery(url.Values{key: values}, msg); err != nil {
		kind := fd.Kind().String()
		if m := fd.Message(); m != nil {
			kind = string(m.Name())
		}
		return invalid("%s: not a valid %s", path, kind)
	}
	return nil
}
