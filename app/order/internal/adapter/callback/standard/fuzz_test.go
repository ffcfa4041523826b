package standard_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/callbacktest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/standard"
)

func fuzzed(tb testing.TB) *standard.Provider {
	tb.Helper()
	p, err := standard.New([]keyring.Key{{ID: "a", Text: secretA}})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// FuzzRead looks for requests that are accepted without the key.
func FuzzRead(f *testing.F) {
	for _, secret := range []string{secretA, secretB} {
		signed := sign(f, secret, "msg_1", good, now).Header
		f.Add(good, "msg_1", signed.Get("webhook-timestamp"), signed.Get("webhook-signature"))
	}
	f.Add(refunded, "", "", "")
	f.Add("", "msg_1", "+1", "v1, v1,= v1a,")
	p := fuzzed(f)
	f.Fuzz(func(t *testing.T, body, id, timestamp, signature string) {
		header := http.Header{}
		header.Set("webhook-id", id)
		header.Set("webhook-timestamp", timestamp)
		header.Set("webhook-signature", signature)
		if _, err := p.Read(callback.Request{Header: header, Body: []byte(body)}, now); err != nil {
			return
		}
		seconds, err := strconv.ParseInt(timestamp, 10, 64)
		want := sign(t, secretA, id, body, time.Unix(seconds, 0)).Header.Get("webhook-signature")
		if err != nil || !strings.Contains(signature, want) {
			t.Fatalf("accepted without the key: %q", signature)
		}
	})
}

// FuzzNotice looks for signed bodies that pay or refund what they do not say.
func FuzzNotice(f *testing.F) {
	f.Add(good)
	f.Add(refunded)
	f.Add(`{"state":"paid","amount":1e3}`)
	f.Add(`{"state":"refunded","amount":1,"currency":"CNY","transactionId":"tx1"}`)
	f.Add(`null`)
	p := fuzzed(f)
	f.Fuzz(func(t *testing.T, body string) {
		n, err := p.Read(sign(t, secretA, "msg_1", body, now), now)
		if err != nil {
			t.Fatalf("a signed body is refused: %v", err)
		}
		if !callbacktest.Sound(t, n) {
			return
		}
		if r := n.Refund; r != nil && r.Number == "" && r.Ref == "" {
			t.Fatalf("a refund that cannot be told from its repetition: %+v", r)
		}
	})
}

// FuzzAmount looks for amounts that are taken though they are not written as an
// integer, or taken for another.
func FuzzAmount(f *testing.F) {
	for _, literal := range []string{"1000", "1", "0", "-1", "1.0", "1e3", `"1"`, "9223372036854775807", "9223372036854775808", "null", "01", " 7 "} {
		f.Add(literal)
	}
	p := fuzzed(f)
	f.Fuzz(func(t *testing.T, literal string) {
		body := `{"transactionId":"tx1","orderNumber":"O1","currency":"CNY","state":"paid","amount":` + literal + `}`
		n, err := p.Read(sign(t, secretA, "msg_1", body, now), now)
		if err != nil {
			t.Fatal(err)
		}
		callbacktest.Amount(t, literal, n)
	})
}

func BenchmarkRead(b *testing.B) {
	r := sign(b, secretA, "msg_1", good, now)
	p := fuzzed(b)
	b.ReportAllocs()
	for b.Loop() {
		if n, err := p.Read(r, now); err != nil || n.Verdict != "" {
			b.Fatal(n, err)
		}
	}
}
