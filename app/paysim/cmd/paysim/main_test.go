package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// shop is a callback endpoint that checks signatures in its own few lines.
type shop struct {
	secret []byte
	answer int // to what is signed well

	mu      sync.Mutex
	bodies  []string
	ids     map[string]bool
	refused int
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(r.Header.Get("webhook-id") + "." + r.Header.Get("webhook-timestamp") + "." + string(body)))
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Header.Get("webhook-signature") != want {
		s.refused++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.bodies = append(s.bodies, string(body))
	s.ids[r.Header.Get("webhook-id")] = true
	w.WriteHeader(s.answer)
}

// setup starts a shop and returns it with the flags that reach it.
func setup(t *testing.T) (*shop, []string) {
	t.Helper()
	s := &shop{secret: []byte("0123456789abcdef0123456789abcdef"), answer: http.StatusOK, ids: map[string]bool{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "secret")
	text := "whsec_" + base64.StdEncoding.EncodeToString(s.secret) + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return s, []string{"pay", "--order", "A1", "--amount", "1099", "--url", server.URL, "--secret-file", file}
}

func paysim(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err strings.Builder
	code = run(t.Context(), args, func(name string) string { return env[name] }, &out, &err)
	return code, out.String(), err.String()
}

func TestPay(t *testing.T) {
	t.Run("a payment is reported, signed, with everything the flags say", func(t *testing.T) {
		s, args := setup(t)
		code, out, errs := paysim(t, nil, append(args, "--currency", "EUR", "--state", "failed", "--transaction", "T7")...)
		if code != exitOK || errs != "" || len(s.bodies) != 1 {
			t.Fatalf("exit %d, %d bodies, stderr %q", code, len(s.bodies), errs)
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(s.bodies[0]), &got); err != nil {
			t.Fatal(err)
		}
		for field, want := range map[string]any{
			"orderNumber": "A1", "amount": 1099.0, "currency": "EUR", "state": "failed", "transactionId": "T7",
		} {
			if got[field] != want {
				t.Errorf("%s is %v, want %v", field, got[field], want)
			}
		}
		if !strings.Contains(out, "T7") || !strings.Contains(out, "200 OK") {
			t.Errorf("output %q", out)
		}
	})
	t.Run("repeats are one message, the same bytes each time", func(t *testing.T) {
		for _, mode := range [][]string{nil, {"--concurrent"}} {
			s, args := setup(t)
			code, out, _ := paysim(t, nil, append(append(args, "--times", "7"), mode...)...)
			if code != exitOK || len(s.bodies) != 7 || len(s.ids) != 1 {
				t.Fatalf("exit %d, %d bodies, %d ids", code, len(s.bodies), len(s.ids))
			}
			for _, body := range s.bodies {
				if body != s.bodies[0] {
					t.Errorf("bodies differ: %s, %s", body, s.bodies[0])
				}
			}
			if !strings.Contains(out, "7       200 OK") {
				t.Errorf("output %q", out)
			}
		}
	})
	t.Run("a forged notice expects to be refused", func(t *testing.T) {
		s, args := setup(t)
		code, _, _ := paysim(t, nil, append(args, "--forge", "--times", "2")...)
		if code != exitOK || s.refused != 2 || len(s.bodies) != 0 {
			t.Errorf("exit %d, %d refused, %d accepted", code, s.refused, len(s.bodies))
		}
	})
	t.Run("a forged notice that is believed is the unexpected answer", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer server.Close()
		code, _, _ := paysim(t, nil, "pay", "--order", "A1", "--amount", "1", "--forge", "--url", server.URL)
		if code != exitUnexpected {
			t.Errorf("exit %d", code)
		}
	})
	t.Run("an answer that is not 2xx is told by the exit code", func(t *testing.T) {
		s, args := setup(t)
		s.answer = http.StatusServiceUnavailable
		code, out, _ := paysim(t, nil, args...)
		if code != exitUnexpected || !strings.Contains(out, "503 Service Unavailable") {
			t.Errorf("exit %d, output %q", code, out)
		}
	})
	t.Run("nobody listening is told by the exit code", func(t *testing.T) {
		_, args := setup(t)
		code, out, _ := paysim(t, nil, append(args, "--url", "http://127.0.0.1:1/")...)
		if code != exitNoAnswer || !strings.Contains(out, "none: ") {
			t.Errorf("exit %d, output %q", code, out)
		}
	})
	t.Run("the secret can come from the environment", func(t *testing.T) {
		s, args := setup(t)
		env := map[string]string{secretVariable: "whsec_" + base64.StdEncoding.EncodeToString(s.secret)}
		code, _, errs := paysim(t, env, args[:len(args)-2]...)
		if code != exitOK || len(s.bodies) != 1 {
			t.Errorf("exit %d, stderr %q", code, errs)
		}
	})
}

func TestWrongUse(t *testing.T) {
	s, args := setup(t)
	with := func(extra ...string) []string { return append(slices.Clip(args), extra...) }
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no command":             {nil, "a command is missing"},
		"an unknown command":     {[]string{"refund"}, `no command "refund"`},
		"an unknown flag":        {with("--amuont", "1"), "-amuont"},
		"a stray argument":       {with("now"), `unexpected argument "now"`},
		"an amount with a point": {with("--amount", "10.99"), "10.99"},
		"no such provider":       {with("--provider", "paypal"), `--provider "paypal"`},
		"another's state":        {with("--state", "SUCCESS"), `--state "SUCCESS"`},
		"another's secret":       {with("--provider", "stripe"), "--secret-file is for standard alone"},
		"another's certificate":  {with("--certificate"), "--certificate is for wechatpay alone"},
		"keys that are not":      {[]string{"pay", "--order", "A1", "--amount", "1", "--keys", t.TempDir()}, "no such file"},
		"forged by the provider": {with("--forge", "--via", "http://127.0.0.1:1"), "exclude each other"},
		"no keys":                {[]string{"pay", "--provider", "alipay", "--order", "A1", "--amount", "1"}, "no keys"},
		"serving without keys":   {[]string{"serve"}, "no keys"},
		"serving in no time":     {[]string{"serve", "--keys", "x", "--speed", "0"}, "--speed must be"},
		"serving at no address":  {[]string{"serve", "--keys", "x", "--addr", "8400"}, "--addr"},
		"serving back in time":   {[]string{"serve", "--keys", "x", "--refund-delay", "-1s"}, "--refund-delay"},
		"keys for nobody":        {[]string{"keys", "--dir", t.TempDir(), "--provider", "paypal"}, "no such provider"},
		"keys for one nowhere":   {[]string{"keys", "--provider", "alipay"}, "--dir is missing"},
		"no order":               {[]string{"pay", "--amount", "1"}, "--order is missing"},
		"a state nobody knows":   {with("--state", "done"), `--state "done"`},
		"zero times":             {with("--times", "0"), "--times must be"},
		"no time to wait":        {with("--timeout", "0s"), "--timeout must be positive"},
		"an address that is not": {with("--url", "localhost:8000"), "is no http address"},
		"no secret":              {args[:len(args)-2], "no secret"},
		"a file that is not":     {with("--secret-file", filepath.Join(t.TempDir(), "none")), "no such file"},
		"keys with arguments":    {[]string{"keys", "2"}, `unexpected argument "2"`},
	} {
		t.Run(name+" sends nothing and says why", func(t *testing.T) {
			code, _, errs := paysim(t, nil, c.args...)
			if code != exitUsage || !strings.Contains(errs, c.want) {
				t.Errorf("exit %d, stderr %q, want %q in it", code, errs, c.want)
			}
		})
	}
	if len(s.bodies) != 0 || s.refused != 0 {
		t.Errorf("%d requests were sent", len(s.bodies)+s.refused)
	}
}

func TestHelp(t *testing.T) {
	t.Run("every flag is in the help", func(t *testing.T) {
		code, out, errs := paysim(t, nil, "pay", "--help")
		if code != exitOK || errs != "" {
			t.Fatalf("exit %d, stderr %q", code, errs)
		}
		for _, name := range []string{
			"provider", "order", "amount", "currency", "state", "transaction", "times", "concurrent", "forge", "late",
			"certificate", "url", "via", "keys", "secret-file", "timeout",
		} {
			if !strings.Contains(out, "\n  -"+name) {
				t.Errorf("-%s is not in the help", name)
			}
		}
	})
	t.Run("the general help tells the exit codes", func(t *testing.T) {
		code, out, _ := paysim(t, nil, "--help")
		if code != exitOK || !strings.Contains(out, "Exit codes") {
			t.Errorf("exit %d, output %q", code, out)
		}
	})
}

func TestKeys(t *testing.T) {
	code, out, _ := paysim(t, nil, "keys")
	secret, _, _ := strings.Cut(out, "\n")
	if code != exitOK || !strings.Contains(out, "providers:") {
		t.Fatalf("exit %d, output %q", code, out)
	}
	t.Run("the new secret can be paid with", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer server.Close()
		env := map[string]string{secretVariable: secret}
		code, _, errs := paysim(t, env, "pay", "--order", "A1", "--amount", "1", "--url", server.URL)
		if code != exitOK {
			t.Errorf("exit %d, stderr %q", code, errs)
		}
	})
	t.Run("no two runs give the same", func(t *testing.T) {
		_, again, _ := paysim(t, nil, "keys")
		if strings.HasPrefix(again, secret) {
			t.Error("the same secret twice")
		}
	})
}
