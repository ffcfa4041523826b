package alipay_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/keyring/keyringtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/alipay"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/callbacktest"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// openssl is a notice that the openssl command signed, and a provider with its key.
func openssl(t testing.TB) (*alipay.Provider, []byte) {
	t.Helper()
	key, err := os.ReadFile("testdata/openssl-public.pem")
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile("testdata/openssl-notice.form")
	if err != nil {
		t.Fatal(err)
	}
	return provider(t, keyring.Key{ID: "openssl", Text: string(key)}), body
}

func TestANoticeSignedByOpensslIsAccepted(t *testing.T) {
	p, body := openssl(t)
	n, err := p.Read(callback.Request{Body: body}, now)
	if err != nil {
		t.Fatal(err)
	}
	want := domain.Money{Minor: 8888, Currency: "CNY"}
	if n.Verdict != "" || n.OrderNumber != "O1" || n.TransactionID != "2026112322001430000000000001" || n.Amount != want {
		t.Fatalf("notice %+v", n)
	}
}

func TestOneBitChangedAnywhereInTheBodyIsRefused(t *testing.T) {
	p := provider(t)
	body := sign(t, keyA(), paid())
	original, err := p.Read(callback.Request{Body: body}, now)
	if err != nil {
		t.Fatal(err)
	}
	originalForm, _ := url.ParseQuery(string(body))
	same := 0
	for i := range len(body) * 8 {
		changed := append([]byte(nil), body...)
		changed[i/8] ^= 1 << (i % 8)
		n, err := p.Read(callback.Request{Body: changed}, now)
		if err != nil {
			if !errors.Is(err, callback.ErrUnverified) {
				t.Fatalf("bit %d: error %v", i, err)
			}
			continue
		}
		// Percent-encoding has two spellings, %3A and %3a: the same form, so the same notice.
		changedForm, err := url.ParseQuery(string(changed))
		if err != nil || !reflect.DeepEqual(changedForm, originalForm) || !reflect.DeepEqual(n, original) {
			t.Fatalf("bit %d accepted: %q reads %+v", i, changed[max(0, i/8-20):i/8+1], n)
		}
		same++
	}
	if same > len(body)/4 {
		t.Fatalf("%d of %d bits may be changed", same, len(body)*8)
	}
}

func TestOneBitChangedInTheSignatureIsRefused(t *testing.T) {
	p := provider(t)
	form, _ := url.ParseQuery(string(sign(t, keyA(), paid())))
	text := form.Get("sign")
	refused := func(sign string) bool {
		form.Set("sign", sign)
		_, err := p.Read(callback.Request{Body: []byte(form.Encode())}, now)
		return errors.Is(err, callback.ErrUnverified)
	}
	for i := range len(text) * 8 {
		changed := []byte(text)
		changed[i/8] ^= 1 << (i % 8)
		if !refused(string(changed)) {
			t.Fatalf("bit %d of the text", i)
		}
	}
	signature, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(signature) * 8 {
		changed := append([]byte(nil), signature...)
		changed[i/8] ^= 1 << (i % 8)
		if !refused(base64.StdEncoding.EncodeToString(changed)) {
			t.Fatalf("bit %d of the signature", i)
		}
	}
	for _, other := range []string{"", text[:100] + "\n" + text[100:], text + "=", strings.TrimRight(text, "="), "AAAA", text + text} {
		if !refused(other) {
			t.Errorf("sign %q", other)
		}
	}
	if refused(text) {
		t.Fatal("the signature itself is refused")
	}
}

func TestOnlyOneReadingOfASignedFormIsAccepted(t *testing.T) {
	p := provider(t)
	whole := string(sign(t, keyA(), paid()))
	// The customer was able to choose the subject, and splits the signed text elsewhere.
	split, _ := url.ParseQuery(string(sign(t, keyA(), paid("subject", "tea&total_amount=0.01&total_amount0="))))
	split.Set("subject", "tea")
	split.Set("total_amount0", "&total_amount="+split.Get("total_amount"))
	split.Set("total_amount", "0.01")
	merged, _ := url.ParseQuery(whole)
	merged.Set("seller_id", merged.Get("seller_id")+"&subject="+merged.Get("subject"))
	merged.Del("subject")
	for name, body := range map[string]string{
		"a name twice, with the same value":      whole + "&out_trade_no=O1",
		"a name twice, first":                    "out_trade_no=O2&" + whole,
		"a name twice, encoded":                  whole + "&out%5Ftrade_no=O2",
		"sign twice":                             whole + "&sign=AAAA",
		"sign_type twice":                        whole + "&sign_type=RSA2",
		"a name without value":                   whole + "&x",
		"an empty pair":                          whole + "&",
		"no name":                                whole + "&=x",
		"a broken escape":                        whole + "&x=%4",
		"an added parameter":                     whole + "&x=y",
		"an added parameter without value":       whole + "&refund_fee2=",
		"an added name that holds a pair":        strings.Replace(whole, "app_id=", "app_id%3D"+appID+"%26app_id=", 1),
		"a JSON body":                            `{"out_trade_no":"O1"}`,
		"no body":                                "",
		"a value split into another amount":      split.Encode(),
		"two parameters merged into one of ours": merged.Encode(),
		"another type of signature":              strings.Replace(whole, "sign_type=RSA2", "sign_type=RSA", 1),
		"a type of signature in small letters":   strings.Replace(whole, "sign_type=RSA2", "sign_type=rsa2", 1),
		"no type of signature":                   strings.Replace(whole, "&sign_type=RSA2", "", 1),
	} {
		if n, err := p.Read(callback.Request{Body: []byte(body)}, now); !errors.Is(err, callback.ErrUnverified) {
			t.Errorf("%s: %v, notice %+v", name, err, n)
		}
	}
	if _, err := p.Read(callback.Request{Body: []byte(whole)}, now); err != nil {
		t.Fatal(err)
	}
}

func TestAValueThatIsEmptyIsSignedAsWell(t *testing.T) {
	fields := paid()
	fields.Set("passback_params", "")
	if n := deliver(t, fields); n.Verdict != "" {
		t.Fatalf("notice %+v", n)
	}
}

func TestKeyRotation(t *testing.T) {
	p := provider(
		t,
		keyring.Key{ID: "old", Text: keyringtest.BarePublic(keyA()), NotAfter: now.Add(time.Hour)},
		keyring.Key{ID: "new", Text: keyringtest.BarePublic(keyB()), NotBefore: now.Add(-time.Hour)},
	)
	callbacktest.KeysRotate(
		t, p, now,
		func(time.Time) callback.Request { return callback.Request{Body: sign(t, keyA(), paid())} },
		func(time.Time) callback.Request { return callback.Request{Body: sign(t, keyB(), paid())} },
	)
}

func TestANoticeOfYesterdayIsAccepted(t *testing.T) {
	if _, err := provider(t).Read(callback.Request{Body: sign(t, keyA(), paid())}, now.Add(25*time.Hour)); err != nil {
		t.Fatal("a notice is repeated unchanged for a day:", err)
	}
}

func TestErrorsTellNothingOfTheBody(t *testing.T) {
	p := provider(t)
	for _, body := range []string{
		string(sign(t, keyB(), paid("out_trade_no", "secret-order"))),
		"secret-order", "secret-order=%zz", "%zzsecret-order=1", "secret-order=1&secret-order=2",
		"sign_type=RSA2&sign=secret-order", "sign_type=secret-order",
	} {
		_, err := p.Read(callback.Request{Body: []byte(body)}, now)
		if err == nil || strings.Contains(err.Error(), "secret-order") || strings.Contains(err.Error(), "zz") {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestBuild(t *testing.T) {
	t.Setenv("STOCKONCE_SECRET_ALIPAY", keyringtest.BarePublic(keyA()))
	t.Setenv("STOCKONCE_SECRET_GARBAGE", "garbage")
	config := func(env string) *conf.Providers {
		return &conf.Providers{Alipay: &conf.Alipay{
			AppId: appID, SellerIds: []string{seller}, PublicKeys: []*platform.Key{{Id: "k1", Env: env}},
		}}
	}
	t.Run("without configuration it is absent", func(t *testing.T) {
		if _, configured, err := alipay.Build(&conf.Providers{}); configured || err != nil {
			t.Fatal(configured, err)
		}
	})
	t.Run("with keys it verifies", func(t *testing.T) {
		p, configured, err := alipay.Build(config("STOCKONCE_SECRET_ALIPAY"))
		if !configured || err != nil {
			t.Fatal(configured, err)
		}
		if _, err := p.Read(callback.Request{Body: sign(t, keyA(), paid())}, now); err != nil {
			t.Fatal(err)
		}
		again, _, err := alipay.Build(config("STOCKONCE_SECRET_ALIPAY"))
		if err != nil || !reflect.DeepEqual(p, again) {
			t.Fatal("the same configuration makes another provider", err)
		}
	})
	t.Run("a key that cannot be loaded stops the start", func(t *testing.T) {
		for _, env := range []string{"STOCKONCE_SECRET_GARBAGE", "STOCKONCE_SECRET_NONE"} {
			if _, configured, err := alipay.Build(config(env)); configured || err == nil || !strings.Contains(err.Error(), "k1") {
				t.Errorf("%s: %t, %v", env, configured, err)
			}
		}
	})
}

func TestARefusalIsNoSuccess(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusServiceUnavailable} {
		if a := provider(t).Refuse(status); a != (domain.Answer{Status: status, ContentType: "text/plain", Body: "fail"}) {
			t.Errorf("answer %+v", a)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	p := provider(b)
	body := sign(b, keyA(), paid())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Read(callback.Request{Body: body}, now); err != nil {
			b.Fatal(err)
		}
	}
}
