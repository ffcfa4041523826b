package test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	accessv1 "github.com/stockonce/stockonce/api/access/v1"
	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/identity"
)

// doors are both services with an issuer whose keys and tokens the test makes, and a
// narrow one that may say of nobody more than that they read.
type doors struct {
	*world
	key     *identity.Key // of the issuer
	reports *identity.Key // of the narrow one
	keys    string        // the file with the issuer's key set
	grpc    map[string]*grpc.ClientConn
}

const reportsIssuer = "https://reports.example"

func openDoors(ctx context.Context, t *testing.T) *doors {
	t.Helper()
	d := &doors{world: prepareOn(t, onSQLite, nil), grpc: map[string]*grpc.ClientConn{}}
	d.key, d.reports = mint(t, "issuer"), mint(t, "reports")
	folder := t.TempDir()
	d.keys = filepath.Join(folder, "keys.json")
	narrow := filepath.Join(folder, "reports.json")
	putKeys(t, d.keys, d.key.Set())
	putKeys(t, narrow, d.reports.Set())
	trust := fmt.Sprintf("access:\n  issuers:\n"+
		"    - {issuer: %q, audiences: [%s], jwksFile: %q, roles: [storefront, operator, service, auditor]}\n"+
		"    - {issuer: %q, audiences: [%s], jwksFile: %q, roles: [auditor]}\n",
		identity.Issuer, identity.Audience, d.keys, reportsIssuer, identity.Audience, narrow)
	for name, s := range map[string]*harness.Service{"product": d.product, "order": d.order} {
		if err := s.Trust(trust); err != nil {
			t.Fatal(err)
		}
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		conn, err := grpc.NewClient(s.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		d.grpc[name] = conn
	}
	return d
}

func mint(t *testing.T, id string) *identity.Key {
	t.Helper()
	key, err := identity.NewKey(id)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// putKeys replaces a key set as careful people do: never half of it is there.
func putKeys(t *testing.T, file string, set []byte) {
	t.Helper()
	if err := os.WriteFile(file+".new", set, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// claims are a good token's.
func claims(subject string, roles ...string) map[string]any {
	return map[string]any{
		"iss": identity.Issuer, "aud": identity.Audience, "sub": subject, "roles": roles,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
}

// rpc is one method of the contracts.
type rpc struct {
	service string // the program's name
	method  protoreflect.MethodDescriptor
	rule    *accessv1.Rule
	// verb and path are empty for what is not there over HTTP.
	verb, path string
}

func (r rpc) String() string { return string(r.method.FullName()) }

// httpOnly is known here, so that nothing is skipped by mistake.
var httpOnly = []protoreflect.FullName{"stockonce.order.v1.PaymentCallbackService"}

var pathVariable = regexp.MustCompile(`\{[^}]*\}`)

// rpcs lists every method of both services.
func rpcs(t *testing.T) []rpc {
	t.Helper()
	var all []rpc
	for _, file := range []protoreflect.FileDescriptor{
		orderv1.File_order_v1_order_proto, orderv1.File_order_v1_callback_proto,
		productv1.File_product_v1_product_proto, productv1.File_product_v1_stock_proto,
	} {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				m := methods.Get(j)
				rule, _ := proto.GetExtension(m.Options(), accessv1.E_Rule).(*accessv1.Rule)
				r := rpc{service: strings.Split(string(file.Package()), ".")[1], method: m, rule: rule}
				if rule.GetPublic() == (len(rule.GetRoles()) > 0) {
					t.Errorf("%s: its rule must name roles or be public", r)
				}
				if len(rule.GetServices()) > 0 && !slices.Contains(rule.GetRoles(), accessv1.Role_ROLE_SERVICE) {
					t.Errorf("%s: names services without the role", r)
				}
				if h, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule); h.GetGet() != "" {
					r.verb, r.path = http.MethodGet, h.GetGet()
				} else if h.GetPost() != "" {
					r.verb, r.path = http.MethodPost, h.GetPost()
				}
				r.path = pathVariable.ReplaceAllString(r.path, "X1")
				all = append(all, r)
			}
		}
	}
	return all
}

// overHTTP calls the RPC with an empty request and returns the status.
func (d *doors) overHTTP(ctx context.Context, t *testing.T, r rpc, authorization string) int {
	t.Helper()
	base := "http://" + map[string]string{"order": d.order.HTTP, "product": d.product.HTTP}[r.service]
	header := http.Header{"Content-Type": {"application/json"}}
	if authorization != "" {
		header.Set("Authorization", authorization)
	}
	body := ""
	if r.verb != http.MethodGet {
		body = "{}"
	}
	code, text, err := d.Send(ctx, r.verb, base+r.path, header, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token := strings.TrimPrefix(authorization, "Bearer "); token != "" && strings.Contains(string(text), token) {
		t.Errorf("%s answers with the token: %s", r, text)
	}
	return code
}

// overGRPC does the same.
func (d *doors) overGRPC(ctx context.Context, r rpc, authorization string) codes.Code {
	if authorization != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", authorization)
	}
	name := fmt.Sprintf("/%s/%s", r.method.Parent().FullName(), r.method.Name())
	in, out := dynamicpb.NewMessage(r.method.Input()), dynamicpb.NewMessage(r.method.Output())
	if !r.method.IsStreamingServer() {
		return grpcstatus.Code(d.grpc[r.service].Invoke(ctx, name, in, out))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := d.grpc[r.service].NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, name)
	if err == nil {
		err = s.SendMsg(in)
	}
	if err == nil {
		err = s.CloseSend()
	}
	if err == nil {
		err = s.RecvMsg(out)
	}
	if err != nil && err.Error() == "EOF" {
		return codes.OK // an empty stream
	}
	return grpcstatus.Code(err)
}

// The same decision on both transports.
var (
	unauthenticated = decision{"unauthenticated", http.StatusUnauthorized, codes.Unauthenticated}
	denied          = decision{"denied", http.StatusForbidden, codes.PermissionDenied}
	letIn           = decision{"let in", 0, codes.OK}
)

type decision struct {
	name string
	http int
	grpc codes.Code
}

// check calls the RPC wherever it is, and returns how many calls that were.
func (d *doors) check(ctx context.Context, t *testing.T, r rpc, who, authorization string, want decision) (calls int) {
	t.Helper()
	refused := func(code int) bool { return code == http.StatusUnauthorized || code == http.StatusForbidden }
	if r.path != "" {
		calls++
		if got := d.overHTTP(ctx, t, r, authorization); refused(got) != (want != letIn) || want != letIn && got != want.http {
			t.Errorf("%s over HTTP by %s: %d, should be %s", r, who, got, want.name)
		}
	}
	got := d.overGRPC(ctx, r, authorization)
	if slices.Contains(httpOnly, r.method.Parent().FullName()) {
		if got != codes.Unimplemented {
			t.Errorf("%s is there over gRPC too: %s", r, got)
		}
		return calls
	}
	isRefused := got == codes.Unauthenticated || got == codes.PermissionDenied
	if isRefused != (want != letIn) || want != letIn && got != want.grpc || got == codes.Unimplemented {
		t.Errorf("%s over gRPC by %s: %s, should be %s", r, who, got, want.name)
	}
	return calls + 1
}

func TestEveryRPCIsCalledByThoseWhomItsRuleNamesAndByNobodyElse(t *testing.T) {
	t.Parallel()
	ctx := within(t, 2*time.Minute)
	d := openDoors(ctx, t)
	type caller struct {
		name, subject string
		roles         []string
	}
	callers := []caller{
		{"nobody", "", nil},
		{"somebody without a role", "eve", nil},
		{"a storefront", "ann", []string{"storefront"}},
		{"an operator", "op@example.com", []string{"operator"}},
		{"the service order", "order", []string{"service"}},
		{"another service", "warehouse", []string{"service"}},
		{"an auditor", "audit@example.com", []string{"auditor"}},
	}
	calls := 0
	for _, r := range rpcs(t) {
		for _, c := range callers {
			authorization, want := "", unauthenticated
			if c.subject != "" {
				authorization, want = d.key.Sign(claims(c.subject, c.roles...)).Header(), denied
			}
			for _, role := range r.rule.GetRoles() {
				named := role != accessv1.Role_ROLE_SERVICE || len(r.rule.GetServices()) == 0 || slices.Contains(r.rule.GetServices(), c.subject)
				if named && slices.Contains(c.roles, strings.ToLower(strings.TrimPrefix(role.String(), "ROLE_"))) {
					want = letIn
				}
			}
			if r.rule.GetPublic() {
				want = letIn
			}
			calls += d.check(ctx, t, r, c.name, authorization, want)
		}
	}
	t.Logf("%d RPCs, %d callers, %d calls", len(rpcs(t)), len(callers), calls)
}

func TestHealthIsToldToEverybodyAndNothingElse(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	d := openDoors(ctx, t)
	for name, conn := range d.grpc {
		for method, want := range map[string]codes.Code{
			"/grpc.health.v1.Health/Check": codes.OK, "/grpc.channelz.v1.Channelz/GetServers": codes.Unimplemented,
			"/stockonce.order.v1.OrderService/Nothing": codes.Unimplemented,
		} {
			in, out := dynamicpb.NewMessage((&accessv1.Rule{}).ProtoReflect().Descriptor()), dynamicpb.NewMessage((&accessv1.Rule{}).ProtoReflect().Descriptor())
			if got := grpcstatus.Code(conn.Invoke(ctx, method, in, out)); got != want {
				t.Errorf("%s of %s: %s, want %s", method, name, got, want)
			}
		}
	}
	code, _, err := d.Send(ctx, http.MethodGet, "http://"+d.order.HTTP+"/v1/nothing", http.Header{}, http.NoBody)
	if err != nil || code != http.StatusNotFound {
		t.Errorf("a path that is not there: %d, %v", code, err)
	}
}
