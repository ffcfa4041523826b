package alipay_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/keyring/keyringtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund/alipay"
	"github.com/stockonce/stockonce/app/order/internal/conf"
)

// replay answers every request with one body.
func replay(t *testing.T, body *string) *alipay.API {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, *body) }))
	t.Cleanup(server.Close)
	g := &gateway{t: t, url: server.URL}
	return g.api(patience)
}

func TestOnlyTheSignedMemberOfAnAnswerIsBelieved(t *testing.T) {
	g := &gateway{t: t}
	const paid = `{"code":"10000","out_trade_no":"O1","trade_no":"tx1","trade_status":"TRADE_SUCCESS","total_amount":"10.00"}`
	const waits = `{"code":"10000","out_trade_no":"O1","trade_no":"tx1","trade_status":"WAIT_BUYER_PAY"}`
	sign := g.sign(waits, alipayKey())
	var body string
	a := replay(t, &body)
	for name, b := range map[string]string{
		"another member":             fmt.Sprintf(`{"alipay_trade_query_response":%s,"alipay_trade_close_response":%s,"sign":"%s"}`, paid, waits, sign),
		"the member twice":           fmt.Sprintf(`{"alipay_trade_query_response":%s,"alipay_trade_query_response":%s,"sign":"%s"}`, waits, paid, sign),
		"the member within another":  fmt.Sprintf(`{"x":{"alipay_trade_query_response":%s},"alipay_trade_query_response":%s,"sign":"%s"}`, waits, paid, sign),
		"the answer to another call": fmt.Sprintf(`{"alipay_trade_close_response":%s,"sign":"%s"}`, waits, sign),
		"white space that is signed": fmt.Sprintf(`{"alipay_trade_query_response":%s,"sign":"%s"}`, strings.ReplaceAll(waits, ",", ", "), sign),
		"no signature":               fmt.Sprintf(`{"alipay_trade_query_response":%s}`, paid),
		"an empty signature":         fmt.Sprintf(`{"alipay_trade_query_response":%s,"sign":""}`, paid),
		"a signature of null":        fmt.Sprintf(`{"alipay_trade_query_response":%s,"sign":null}`, paid),
		"an error of the gateway":    `{"error_response":{"code":"40002","sub_code":"isv.invalid-app-id"}}`,
		"an empty answer":            "", "no object": "[]", "null": "null", "a page": "<html>busy</html>",
	} {
		body = b
		if n, err := a.Query(context.Background(), "O1"); err == nil {
			t.Errorf("%s: %+v", name, n)
		}
	}
	t.Run("slashes may be escaped after signing", func(t *testing.T) {
		const content = `{"code":"10000","out_trade_no":"O1","trade_status":"WAIT_BUYER_PAY","store_name":"a/b"}`
		body = fmt.Sprintf(`{"alipay_trade_query_response":%s,"sign":"%s"}`, strings.ReplaceAll(content, "/", `\/`), g.sign(content, alipayKey()))
		if n, err := a.Query(context.Background(), "O1"); err != nil || n.State != "WAIT_BUYER_PAY" {
			t.Errorf("%+v, %v", n, err)
		}
	})
}

func TestErrorsHelpAnOperatorAndTellNothingElse(t *testing.T) {
	var body string
	a := replay(t, &body)
	for _, c := range [][2]string{
		{`{"error_response":{"code":"40002","sub_code":"isv.invalid-app-id","sub_msg":"customer 159"}}`, "40002 isv.invalid-app-id"},
		{`{"alipay_trade_refund_response":{"code":"40002","sub_code":"isv.invalid-signature","sub_msg":"customer 159"}}`, "40002 isv.invalid-signature"},
		{`{"alipay_trade_refund_response":{"code":"customer 159","sub_code":"customer 159"},"sign":"customer 159"}`, "not signed"},
		{`{"alipay_trade_refund_response":"customer 159","sign":"AAAA"}`, "not signed"},
		{`customer 159`, "no JSON"},
	} {
		body = c[0]
		_, err := a.Refund(context.Background(), request("P1-1", 1000))
		if err == nil || !strings.Contains(err.Error(), c[1]) || strings.Contains(err.Error(), "159") {
			t.Errorf("%s: %v", c[0], err)
		}
	}
}

func TestAnswersAreVerifiedWithEveryKeyThatIsValid(t *testing.T) {
	g := newGateway(t)
	cfg := g.config(patience)
	t.Setenv("STOCKONCE_SECRET_NEXT", keyringtest.BarePublic(nextKey()))
	next := &platform.Key{Id: "k2", Env: "STOCKONCE_SECRET_NEXT"}
	g.key = nextKey
	believed := func(keys ...*platform.Key) bool {
		cfg.PublicKeys = keys
		a, err := alipay.New(cfg, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Query(context.Background(), "O1")
		return err == nil
	}
	first := cfg.GetPublicKeys()[0]
	if believed(first) {
		t.Error("a key that is not ours is believed")
	}
	if !believed(first, next) {
		t.Error("the second key is not tried")
	}
	next.NotAfter = time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	if believed(first, next) {
		t.Error("a key after its end is believed")
	}
}

func TestBuildAndSame(t *testing.T) {
	g := newGateway(t)
	cfg := g.config(patience)
	build := func(c *conf.Alipay) *alipay.API {
		a, configured, err := alipay.Build(&conf.Providers{Alipay: c})
		if err != nil || !configured {
			t.Fatal(configured, err)
		}
		return a.(*alipay.API)
	}
	first := build(cfg)
	if !first.Same(build(cfg)) {
		t.Error("the same configuration makes another client")
	}
	for name, change := range map[string]func(*conf.Alipay){
		"app":        func(c *conf.Alipay) { c.AppId = "1" },
		"gateway":    func(c *conf.Alipay) { c.Api.Endpoint.Url += "x" },
		"time-out":   func(c *conf.Alipay) { c.Api.Endpoint.Timeout.Seconds++ },
		"public key": func(c *conf.Alipay) { c.PublicKeys[0].NotAfter = "2099-01-01T00:00:00Z" },
	} {
		changed := proto.CloneOf(cfg)
		change(changed)
		if first.Same(build(changed)) {
			t.Errorf("another %s makes no other client", name)
		}
	}
	for name, change := range map[string]func(*conf.Alipay){
		"publicKeys":     func(c *conf.Alipay) { c.PublicKeys[0].Env = "STOCKONCE_SECRET_NONE" },
		"api.privateKey": func(c *conf.Alipay) { c.Api.PrivateKey.Env = "STOCKONCE_SECRET_NONE" },
		"api.endpoint":   func(c *conf.Alipay) { c.Api.Endpoint.CaFile = "/nope" },
	} {
		broken := proto.CloneOf(cfg)
		change(broken)
		_, configured, err := alipay.Build(&conf.Providers{Alipay: broken})
		if configured || err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %t, %v", name, configured, err)
		}
	}
	t.Setenv("STOCKONCE_SECRET_APP", "garbage")
	if _, _, err := alipay.Build(&conf.Providers{Alipay: cfg}); err == nil || strings.Contains(err.Error(), "garbage") {
		t.Errorf("garbage as private key: %v", err)
	}
	if _, configured, err := alipay.Build(&conf.Providers{Alipay: &conf.Alipay{AppId: appID}}); configured || err != nil {
		t.Errorf("without api: %t, %v", configured, err)
	}
}
