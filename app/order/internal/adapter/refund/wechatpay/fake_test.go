package wechatpay_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/keyring/keyringtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay/wechatpaytest"
)

const (
	mchid      = "1900000001"
	appid      = "wx0123456789abcdef"
	serial     = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C"
	keyID      = "PUB_KEY_ID_0119000000012026"
	refundsURI = "/v3/refund/domestic/refunds"
	tradesURI  = "/v3/pay/transactions/out-trade-no/"
)

var (
	merchantKey = keyringtest.RSA(2048)
	platformKey = keyringtest.RSA(2048)
	another     = keyringtest.RSA(2048)
)

// answer is what the fake says to one request.
type answer struct {
	status int
	body   string
	sent   string          // instead of the body that is signed
	key    *rsa.PrivateKey // nil: WeChat Pay's
	plain  bool            // not signed
	skew   time.Duration   // of the signed time
	lost   bool            // the connection breaks instead
}

// fake is WeChat Pay: it checks how requests are signed, pays a refund number once,
// and says what a test tells it to.
type fake struct {
	t      *testing.T
	url    string
	signAs string // serial of the key that signs

	mu       sync.Mutex
	calls    []string          // METHOD path
	refunds  map[string]string // status by number
	requests []string          // bodies of the requests for refunds
	script   map[string][]answer
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{t: t, signAs: keyID, refunds: map[string]string{}, script: map[string][]answer{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// say makes these the fake's next answers to a call.
func (f *fake) say(call string, a ...answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script[call] = append(f.script[call], a...)
}

// refuse is an error as WeChat Pay writes it.
func refuse(status int, code string) answer {
	return answer{status: status, body: fmt.Sprintf(`{"code":%q,"message":"余额不足\n请充值","detail":{"sign_information":"secret"}}`, code)}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.checkSigned(r, body)
	f.mu.Lock()
	call := r.Method + " " + r.URL.Path
	f.calls = append(f.calls, call)
	var a answer
	next := f.script[call]
	if len(next) > 0 {
		a, f.script[call] = next[0], next[1:]
	}
	// An answer that is lost is lost after what was asked for is done.
	if len(next) == 0 || a.lost {
		served := f.serve(call, r, body)
		served.lost = a.lost
		a = served
	}
	f.mu.Unlock()
	if a.lost {
		panic(http.ErrAbortHandler)
	}
	f.write(w, a)
}

// serve does what WeChat Pay does when nothing goes wrong.
func (f *fake) serve(call string, r *http.Request, body []byte) answer {
	number := filepath.Base(r.URL.Path)
	if call == "POST "+refundsURI {
		var in struct {
			OutRefundNo string `json:"out_refund_no"`
		}
		if err := json.Unmarshal(body, &in); err != nil {
			f.t.Errorf("request %s: %v", body, err)
		}
		number = in.OutRefundNo
		f.requests = append(f.requests, string(body))
		if f.refunds[number] == "" {
			f.refunds[number] = "PROCESSING"
		}
	}
	if status := f.refunds[number]; status != "" {
		return answer{status: 200, body: refunded(number, status, "400", "CNY")}
	}
	return refuse(404, "RESOURCE_NOT_EXISTS")
}

func refunded(number, status, amount, currency string) string {
	return fmt.Sprintf(
		`{"refund_id":"50000001","out_refund_no":%q,"transaction_id":"4200001","out_trade_no":"O1","channel":"ORIGINAL",`+
			`"user_received_account":"招商银行信用卡0403","status":%q,`+
			`"amount":{"total":1000,"refund":%s,"payer_total":900,"payer_refund":300,"currency":%q}}`,
		number, status, amount, currency)
}

// write signs and sends an answer.
func (f *fake) write(w http.ResponseWriter, a answer) {
	if !a.plain {
		key := platformKey()
		if a.key != nil {
			key = a.key
		}
		maps.Copy(w.Header(), wechatpaytest.Sign(f.t, key, f.signAs, a.body, time.Now().Add(a.skew)))
	}
	w.WriteHeader(a.status)
	if a.sent != "" {
		a.body = a.sent
	}
	_, _ = io.WriteString(w, a.body)
}

var authorization = regexp.MustCompile(
	`^WECHATPAY2-SHA256-RSA2048 mchid="([0-9]+)",nonce_str="([0-9A-Za-z]{32})",timestamp="([0-9]+)",serial_no="([0-9A-F]+)",signature="([^"]+)"$`)

// checkSigned is WeChat Pay's check of a request's signature.
func (f *fake) checkSigned(r *http.Request, body []byte) {
	m := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil || m[1] != mchid || m[4] != serial {
		f.t.Errorf("Authorization %q", r.Header.Get("Authorization"))
		return
	}
	seconds, _ := strconv.ParseInt(m[3], 10, 64)
	if d := time.Since(time.Unix(seconds, 0)).Abs(); d > time.Minute {
		f.t.Errorf("signed %s away from now", d)
	}
	signature, _ := base64.StdEncoding.DecodeString(m[5])
	sum := sha256.Sum256([]byte(r.Method + "\n" + r.RequestURI + "\n" + m[3] + "\n" + m[2] + "\n" + string(body) + "\n"))
	if err := rsa.VerifyPKCS1v15(&merchantKey().PublicKey, crypto.SHA256, sum[:], signature); err != nil {
		f.t.Errorf("%s %s: %v", r.Method, r.RequestURI, err)
	}
	if r.Header.Get("Wechatpay-Serial") != keyID || r.Header.Get("Accept") != "application/json" || r.Header.Get("User-Agent") == "" {
		f.t.Errorf("headers %v", r.Header)
	}
}

func keyFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// config is the configuration of an API at the address.
func config(t *testing.T, url string) *conf.WechatPay {
	t.Helper()
	return &conf.WechatPay{
		Mchid: mchid, Appids: []string{appid},
		PlatformKeys: []*platform.Key{{Id: keyID, File: keyFile(t, keyringtest.Public(platformKey()))}},
		Api: &conf.WechatPayApi{
			Endpoint:   &platform.Endpoint{Url: url + "/", Timeout: durationpb.New(2 * time.Second)},
			Serial:     serial,
			PrivateKey: &platform.Secret{File: keyFile(t, keyringtest.Private(merchantKey()))},
			NotifyUrl:  "https://shop.example.com/v1/payments/wechatpay/callback",
		},
	}
}

func build(t *testing.T, c *conf.WechatPay) refund.API {
	t.Helper()
	a, configured, err := wechatpay.Build(&conf.Providers{Wechatpay: c})
	if err != nil || !configured {
		t.Fatalf("configured %t, error %v", configured, err)
	}
	return a
}
