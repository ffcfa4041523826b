package test

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/identity"
)

// reading is a method of each service that operators and auditors may call.
func reading(t *testing.T) []rpc {
	t.Helper()
	var found []rpc
	for _, r := range rpcs(t) {
		if name := r.method.Name(); name == "ListOrders" || name == "ListProducts" {
			found = append(found, r)
		}
	}
	if len(found) != 2 {
		t.Fatalf("found %v", found)
	}
	return found
}

// unsigned is a token of any header and claims, with whatever stands in for a signature.
func unsigned(header, claims map[string]any, sign func(text string) []byte) identity.Bearer {
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := part(header) + "." + part(claims)
	return identity.Bearer(text + "." + base64.RawURLEncoding.EncodeToString(sign(text)))
}

func TestATokenThatProvesNothingOpensNothing(t *testing.T) {
	t.Parallel()
	ctx := within(t, 2*time.Minute)
	d := openDoors(ctx, t)
	with := func(changes map[string]any) map[string]any {
		c := claims("op@example.com", "operator")
		maps.Copy(c, changes)
		return c
	}
	good := with(nil)
	hs256 := func(secret []byte) identity.Bearer {
		return unsigned(map[string]any{"alg": "HS256", "kid": d.key.ID}, good, func(text string) []byte {
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(text))
			return mac.Sum(nil)
		})
	}
	none := func(string) []byte { return nil }
	hour := time.Hour
	tokens := map[string]struct {
		token identity.Bearer
		want  decision
	}{
		"good":                  {d.key.Sign(good), letIn},
		"expired":               {d.key.Sign(with(map[string]any{"exp": time.Now().Add(-hour).Unix()})), unauthenticated},
		"never expiring":        {d.key.Sign(with(map[string]any{"exp": nil})), unauthenticated},
		"not valid yet":         {d.key.Sign(with(map[string]any{"nbf": time.Now().Add(hour).Unix()})), unauthenticated},
		"made in the future":    {d.key.Sign(with(map[string]any{"iat": time.Now().Add(hour).Unix()})), unauthenticated},
		"for another audience":  {d.key.Sign(with(map[string]any{"aud": "elsewhere"})), unauthenticated},
		"of another issuer":     {d.key.Sign(with(map[string]any{"iss": "https://evil.example"})), unauthenticated},
		"of the other issuer":   {d.key.Sign(with(map[string]any{"iss": reportsIssuer})), unauthenticated},
		"alg none":              {unsigned(map[string]any{"alg": "none"}, good, none), unauthenticated},
		"alg none with a key":   {unsigned(map[string]any{"alg": "none", "kid": d.key.ID}, good, none), unauthenticated},
		"HS256, the key set":    {hs256(d.key.Set()), unauthenticated},
		"HS256, the public key": {hs256(publicPEM(t, d.key)), unauthenticated},
		"an unknown key":        {mint(t, "unknown").Sign(good), unauthenticated},
		"a known key's name":    {mint(t, d.key.ID).Sign(good), unauthenticated},
		"no token":              {"s3cret", unauthenticated},
		"a role its issuer may not give": {
			d.reports.Sign(with(map[string]any{"iss": reportsIssuer})), denied,
		},
		"one that it may": {d.reports.Sign(with(map[string]any{"iss": reportsIssuer, "roles": []string{"auditor"}})), letIn},
	}
	for name, tc := range tokens {
		for _, r := range reading(t) {
			d.check(ctx, t, r, name, tc.token.Header(), tc.want)
		}
		for _, s := range []*harness.Service{d.order, d.product} {
			if tc.token != "s3cret" && strings.Contains(s.Log(), strings.Split(string(tc.token), ".")[1]) {
				t.Errorf("%s: the token is in the log", name)
			}
		}
	}
}

func TestTheAnswerTellsWhatIsWrongWithAToken(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	d := openDoors(ctx, t)
	expired := claims("op@example.com", "operator")
	expired["exp"] = time.Now().Add(-time.Hour).Unix()
	for _, tc := range []struct {
		authorization    string
		code             int
		reason, contains string
		challenge        string
	}{
		{"", 401, "UNAUTHENTICATED", "Bearer token is needed", "Bearer"},
		{d.key.Sign(expired).Header(), 401, "UNAUTHENTICATED", "token expired", `Bearer error="invalid_token", error_description="token expired"`},
		{
			d.key.Sign(claims("eve", "storefront")).Header(), 403, "PERMISSION_DENIED", "CreateProduct may be called by: operator",
			`Bearer error="insufficient_scope"`,
		},
	} {
		// The body is none, which only callers who may call learn.
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.ProductsURL(), strings.NewReader("{"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if tc.authorization != "" {
			req.Header.Set("Authorization", tc.authorization)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Reason, Message string }
		err = json.NewDecoder(res.Body).Decode(&answer)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != tc.code || answer.Reason != tc.reason || !strings.Contains(answer.Message, tc.contains) {
			t.Errorf("%d %+v, %v", res.StatusCode, answer, err)
		}
		if got := res.Header.Get("WWW-Authenticate"); got != tc.challenge {
			t.Errorf("challenged with %q, want %q", got, tc.challenge)
		}
	}
	d.await(ctx, t, func(context.Context) error {
		if !strings.Contains(d.product.Log(), `"subject":"eve"`) {
			return fmt.Errorf("the log does not tell who was denied")
		}
		return nil
	})
}

func TestAnIssuersKeysRotateWithoutARefusedCaller(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	d := openDoors(ctx, t)
	next := mint(t, "next")
	old := d.key.Sign(claims("op@example.com", "operator")).Header()
	fresh := next.Sign(claims("op@example.com", "operator")).Header()
	check := func(name, authorization string, want decision) {
		t.Helper()
		for _, r := range reading(t) {
			d.check(ctx, t, r, name, authorization, want)
		}
	}
	check("the old key", old, letIn)
	check("the next key, too early", fresh, unauthenticated)
	putKeys(t, d.keys, merged(t, d.key, next))
	// A token that names a new key has the file read again, though not more than once
	// a second: the one above was just now.
	awaitBoth(ctx, t, d, fresh, http.StatusOK)
	check("the next key", fresh, letIn)
	check("the old key, beside it", old, letIn)
	putKeys(t, d.keys, next.Set())
	awaitBoth(ctx, t, d, old, http.StatusUnauthorized)
	check("the old key, taken out", old, unauthenticated)
	check("the next key, alone", fresh, letIn)
}

// awaitBoth waits until both services answer so.
func awaitBoth(ctx context.Context, t *testing.T, d *doors, authorization string, want int) {
	t.Helper()
	for _, r := range reading(t) {
		d.await(ctx, t, func(ctx context.Context) error {
			if got := d.overHTTP(ctx, t, r, authorization); got != want {
				return fmt.Errorf("%s answers %d, not %d", r, got, want)
			}
			return nil
		})
	}
}

// merged is one key set of several keys.
func merged(t *testing.T, keys ...*identity.Key) []byte {
	t.Helper()
	var all struct {
		Keys []json.RawMessage `json:"keys"`
	}
	for _, k := range keys {
		var one struct{ Keys []json.RawMessage }
		if err := json.Unmarshal(k.Set(), &one); err != nil {
			t.Fatal(err)
		}
		all.Keys = append(all.Keys, one.Keys...)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// publicPEM is the public half as its owner would hand it out.
func publicPEM(t *testing.T, k *identity.Key) []byte {
	t.Helper()
	private, err := k.PEM()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(private)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.(crypto.Signer).Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestWhoChangedTheStockIsInTheLedger(t *testing.T) {
	t.Parallel()
	ctx := within(t, time.Minute)
	d := openDoors(ctx, t)
	operator := d.key.Sign(claims("op@example.com", "operator")).Header()
	post := func(url, body string) {
		t.Helper()
		header := http.Header{"Content-Type": {"application/json"}, "Authorization": {operator}}
		if code, text, err := d.Send(ctx, http.MethodPost, url, header, strings.NewReader(body)); err != nil || code != http.StatusOK {
			t.Fatalf("%d %s, %v", code, text, err)
		}
	}
	post(d.ProductsURL(), `{"name":"tea","skus":[{"code":"A","price":"100","currency":"CNY","openingStock":"5"}]}`)
	sku := "http://" + d.product.HTTP + "/v1/skus/A"
	post(sku+":restock", `{"requestId":"1","quantity":"2"}`)
	post(sku+":adjust", `{"requestId":"1","delta":"-1","reason":"broken"}`)
	for _, kind := range []string{"restock", "adjust"} {
		var by string
		if err := d.productDB.QueryRowContext(ctx, "SELECT by_whom FROM stock_movements WHERE kind = ?", kind).Scan(&by); err != nil || by != "op@example.com" {
			t.Errorf("%s by %q, %v", kind, by, err)
		}
	}
}

func TestWhoIsBelievedChangesWithoutARestart(t *testing.T) {
	consul := startConsul(t)
	ctx := within(t, time.Minute)
	w := prepareOn(t, onSQLite, settings{"STOCKONCE_CONSUL_ADDRESS": consul.Addr})
	if err := w.product.Run(ctx); err != nil {
		t.Fatal(err)
	}
	key := mint(t, "partner")
	file := filepath.Join(t.TempDir(), "partner.json")
	putKeys(t, file, key.Set())
	token := key.Sign(claims("partner", "auditor"))
	answers := func(want int) {
		t.Helper()
		await(ctx, t, func(ctx context.Context) error {
			code, _, err := w.Send(ctx, http.MethodGet, w.ProductsURL(), http.Header{"Authorization": {token.Header()}}, http.NoBody)
			if err == nil && code != want {
				err = fmt.Errorf("answered %d, not %d", code, want)
			}
			return err
		}, w.product.Process)
	}
	believe := func(roles string) {
		t.Helper()
		document := fmt.Sprintf("access: {issuers: [{issuer: %q, audiences: [%s], jwksFile: %q, roles: [%s]}]}", identity.Issuer, identity.Audience, file, roles)
		if err := consul.Put(ctx, "stockonce/product/access.yaml", document); err != nil {
			t.Fatal(err)
		}
	}
	answers(http.StatusUnauthorized)
	believe("auditor")
	answers(http.StatusOK)
	believe("operator")
	answers(http.StatusForbidden)
	believe("auditor, king") // there is no such role
	await(ctx, t, func(context.Context) error {
		if !strings.Contains(w.product.Log(), "configuration in Consul refused") {
			return errors.New("a bad configuration was not refused")
		}
		return nil
	}, w.product.Process)
	answers(http.StatusForbidden)
	believe("operator, auditor")
	answers(http.StatusOK)
}
