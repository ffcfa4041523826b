package alipay_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/keyring/keyringtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund/alipay"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const appID = "2021000000000000"

var (
	appKey    = keyringtest.RSA(2048)
	alipayKey = keyringtest.RSA(2048)
	nextKey   = keyringtest.RSA(2048)
)

// fault is what goes wrong with one call.
type fault int

const (
	none       fault = iota
	deaf             // nothing is done, and nobody answers until the caller gives up
	mute             // it is done, and nobody answers until the caller gives up
	hangUp           // it is done, and the connection breaks
	broken           // nothing is done, status 500
	brokenLate       // it is done, status 500 with the good answer as body
	garbage          // it is done, and the answer is cut
	unsigned         // it is done, and the answer has no signature
	forged           // it is done, and another key signed the answer
	bitFlip          // it is done, and the answer changed after it was signed
	unsure           // it is done, and the answer is a system error
	busy             // nothing is done, and the gateway does not know
)

// gateway is Alipay with one trade, as its documents say it behaves.
type gateway struct {
	t   testing.TB
	url string

	mu      sync.Mutex
	state   string
	paid    int64
	refunds map[string]int64
	moved   int                    // how often money went back
	calls   []string               // methods, in order
	fields  map[string]string      // biz_content of the last call
	faults  []fault                // of the next calls
	answers map[string]string      // by method, and nothing is done then
	key     func() *rsa.PrivateKey // that signs answers
	giveUp  func()                 // the caller's patience ends
}

func newGateway(t testing.TB) *gateway {
	t.Helper()
	g := &gateway{
		t: t, state: "TRADE_SUCCESS", paid: 1000, refunds: map[string]int64{}, answers: map[string]string{}, key: alipayKey,
		giveUp: func() {},
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	g.url = server.URL + "/gateway.do"
	return g
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.URL.RawQuery != "" || r.Method != http.MethodPost {
		g.t.Errorf("request %s %s: %v", r.Method, r.URL, err)
	}
	g.checkSignature(r.PostForm)
	f, method, content := g.work(r.PostForm)
	node := strings.ReplaceAll(method, ".", "_") + "_response"
	body := fmt.Sprintf(`{"%s":%s,"sign":"%s"}`, node, content, g.sign(content, g.key()))
	switch f {
	case none, busy, unsure:
	case deaf, mute:
		g.giveUp()
		<-r.Context().Done()
		return
	case hangUp:
		panic(http.ErrAbortHandler)
	case broken, brokenLate:
		w.WriteHeader(http.StatusInternalServerError)
	case garbage:
		body = body[:len(body)/2]
	case unsigned:
		body = fmt.Sprintf(`{"%s":%s}`, node, content)
	case forged:
		body = fmt.Sprintf(`{"%s":%s,"sign":"%s"}`, node, content, g.sign(content, nextKey()))
	case bitFlip:
		body = strings.Replace(body, `{"code":"`, `{"Code":"`, 1)
	}
	fmt.Fprint(w, body)
}

// work does what is asked for, unless a fault forbids it.
func (g *gateway) work(form url.Values) (fault, string, string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	method := form.Get("method")
	g.calls = append(g.calls, method)
	var fields map[string]string
	if err := json.Unmarshal([]byte(form.Get("biz_content")), &fields); err != nil {
		g.t.Error(err)
	}
	g.fields = fields
	f := none
	if len(g.faults) > 0 {
		f, g.faults = g.faults[0], g.faults[1:]
	}
	if f == deaf || f == broken {
		return f, method, "{}"
	}
	if f == busy {
		return f, method, `{"code":"20000","msg":"Service Currently Unavailable","sub_code":"isp.unknow-error"}`
	}
	if instead, ok := g.answers[method]; ok {
		return f, method, instead
	}
	content := g.do(method, fields)
	if f == unsure {
		content = refusal("ACQ.SYSTEM_ERROR")
	}
	return f, method, content
}

func (g *gateway) do(method string, in map[string]string) string {
	if in["out_trade_no"] != "O1" || in["trade_no"] != "" && in["trade_no"] != "tx1" || g.state == "" {
		return refusal("ACQ.TRADE_NOT_EXIST")
	}
	const head = `{"code":"10000","msg":"Success","out_trade_no":"O1","trade_no":"tx1"`
	switch method {
	case "alipay.trade.refund":
		return g.refund(in["out_request_no"], in["refund_amount"])
	case "alipay.trade.fastpay.refund.query":
		amount, ok := g.refunds[in["out_request_no"]]
		if !ok {
			return `{"code":"10000","msg":"Success"}`
		}
		return head + fmt.Sprintf(`,"out_request_no":"%s","total_amount":"%s","refund_amount":"%s","refund_status":"REFUND_SUCCESS"}`,
			in["out_request_no"], decimal(g.paid), decimal(amount))
	case "alipay.trade.query":
		return head + fmt.Sprintf(`,"trade_status":"%s","total_amount":"%s","receipt_amount":"0.00","send_pay_date":"2026-11-23 16:00:00"}`,
			g.state, decimal(g.paid))
	case "alipay.trade.close":
		if g.state != "WAIT_BUYER_PAY" {
			return refusal("ACQ.TRADE_STATUS_ERROR")
		}
		g.state = "TRADE_CLOSED"
		return head + "}"
	}
	g.t.Errorf("method %q", method)
	return "{}"
}

func (g *gateway) refund(number, yuan string) string {
	exact, ok := new(big.Rat).SetString(yuan)
	if !ok || number == "" {
		return refusal("ACQ.INVALID_PARAMETER")
	}
	amount := exact.Mul(exact, big.NewRat(100, 1)).Num().Int64()
	change, total := "N", int64(0)
	before, done := g.refunds[number]
	for _, a := range g.refunds {
		total += a
	}
	switch {
	case done && before != amount:
		return refusal("ACQ.DISCORDANT_REPEAT_REQUEST")
	case !done && total+amount > g.paid:
		return refusal("ACQ.REASON_TRADE_REFUND_FEE_ERR")
	case !done:
		g.refunds[number] = amount
		g.moved++
		change, total = "Y", total+amount
	}
	return fmt.Sprintf(`{"code":"10000","msg":"Success","out_trade_no":"O1","trade_no":"tx1","fund_change":"%s","refund_fee":"%s","store_name":"a\/b"}`,
		change, decimal(total))
}

func refusal(code string) string {
	return fmt.Sprintf(`{"code":"40004","msg":"Business Failed","sub_code":"%s","sub_msg":"buyer 159****5620"}`, code)
}

func decimal(fen int64) string { return big.NewRat(fen, 100).FloatString(2) }

func (g *gateway) sign(content string, key *rsa.PrivateKey) string {
	digest := sha256.Sum256([]byte(content))
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		g.t.Error(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// checkSignature verifies a request apart from the code that signs it.
func (g *gateway) checkSignature(form url.Values) {
	signature, err := base64.StdEncoding.DecodeString(form.Get("sign"))
	if err != nil {
		g.t.Error(err)
	}
	form.Del("sign")
	text, err := url.QueryUnescape(form.Encode())
	if err != nil {
		g.t.Error(err)
	}
	digest := sha256.Sum256([]byte(text))
	if err := rsa.VerifyPKCS1v15(&appKey().PublicKey, crypto.SHA256, digest[:], signature); err != nil {
		g.t.Errorf("the request's signature: %v", err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05", form.Get("timestamp"), time.FixedZone("", 8*3600))
	if err != nil || time.Since(at).Abs() > time.Minute {
		g.t.Errorf("timestamp %q: %v", form.Get("timestamp"), err)
	}
	want := [...]string{appID, "JSON", "utf-8", "RSA2", "1.0"}
	got := [...]string{form.Get("app_id"), form.Get("format"), form.Get("charset"), form.Get("sign_type"), form.Get("version")}
	if got != want {
		g.t.Errorf("parameters %v", got)
	}
}

// api is a client of the gateway that gives up after timeout.
func (g *gateway) api(timeout time.Duration) *alipay.API {
	g.t.Helper()
	a, err := alipay.New(g.config(timeout), time.Now())
	if err != nil {
		g.t.Fatal(err)
	}
	return a
}

func (g *gateway) config(timeout time.Duration) *conf.Alipay {
	g.t.Setenv("STOCKONCE_SECRET_ALIPAY", keyringtest.BarePublic(alipayKey()))
	g.t.Setenv("STOCKONCE_SECRET_APP", keyringtest.Private(appKey()))
	return &conf.Alipay{
		AppId: appID, SellerIds: []string{"2088000000000000"},
		PublicKeys: []*platform.Key{{Id: "k1", Env: "STOCKONCE_SECRET_ALIPAY"}},
		Api: &conf.AlipayApi{
			Endpoint:   &platform.Endpoint{Url: g.url, Timeout: durationpb.New(timeout)},
			PrivateKey: &platform.Secret{Env: "STOCKONCE_SECRET_APP"},
		},
	}
}

const patience = 10 * time.Second

// request asks for the refund of a part of the trade.
func request(number string, fen int64) domain.RefundRequest {
	return domain.RefundRequest{
		Number: number, TransactionID: "tx1", OrderNumber: "O1", Reason: "paid twice",
		Amount: domain.Money{Minor: fen, Currency: "CNY"}, Paid: domain.Money{Minor: 1000, Currency: "CNY"},
	}
}

func again(r domain.RefundRequest) domain.RefundRequest {
	r.Again = true
	return r
}

func (g *gateway) refundOf(r domain.RefundRequest) (domain.RefundReport, error) {
	return g.api(patience).Refund(context.Background(), r)
}

// refundWith does the same while the next calls go wrong. The caller gives up when the
// gateway does not answer, and not before it has done what it does.
func (g *gateway) refundWith(r domain.RefundRequest, faults ...fault) (domain.RefundReport, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	g.mu.Lock()
	g.faults, g.giveUp = faults, cancel
	g.mu.Unlock()
	return g.api(patience).Refund(ctx, r)
}
