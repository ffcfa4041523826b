package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/keyset"
)

// made is a folder of keys of all providers, made once by the program itself: RSA
// takes its time.
var made = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "paysim-test-")
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "keys")
	var out, errs strings.Builder
	if code := run(context.Background(), []string{"keys", "--dir", dir}, os.Getenv, &out, &errs); code != exitOK {
		return "", fmt.Errorf("exit %d: %s", code, errs.String())
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := made(); err == nil {
		_ = os.RemoveAll(filepath.Dir(dir)) // what is left is the system's to clean
	}
	os.Exit(code)
}

func keysDir(t *testing.T) string {
	t.Helper()
	dir, err := made()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// counter is an order service that knows one order and takes every callback.
type counter struct {
	mu     sync.Mutex
	paths  []string
	status int
	body   string
	// token is what must be shown to be told of orders; empty: nothing. shown is what a
	// callback showed.
	token, shown string
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paths = append(c.paths, r.URL.Path)
	switch {
	case r.URL.Path == "/v1/orders/A1" && c.token != "" && r.Header.Get("Authorization") != "Bearer "+c.token:
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/v1/orders/A1":
		_, _ = io.WriteString(w, `{"order":{"number":"A1","amount":"3980","currency":"EUR"}}`)
	case r.Method == http.MethodGet:
		http.NotFound(w, r)
	default:
		c.shown = r.Header.Get("Authorization")
		w.WriteHeader(c.status)
		_, _ = io.WriteString(w, c.body)
	}
}

func count(t *testing.T) (*counter, string) {
	t.Helper()
	c := &counter{status: http.StatusOK, body: "success"}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return c, server.URL
}

func TestPayingAsEachProvider(t *testing.T) {
	for _, provider := range keyset.Names() {
		t.Run(provider+" reports in one line what the order costs", func(t *testing.T) {
			c, url := count(t)
			code, out, errs := paysim(t, nil, "pay", "--provider", provider, "--order", "A1", "--keys", keysDir(t), "--url", url)
			want := []string{"/v1/orders/A1", "/v1/payments/" + provider + "/callback"}
			if code != exitOK || errs != "" || !strings.Contains(out, "order A1, 3980 EUR") || !slices.Equal(c.paths, want) {
				t.Errorf("exit %d, %q, %q, %q", code, out, errs, c.paths)
			}
		})
		t.Run(provider+" is told what the order costs with a token, and shows the callback none", func(t *testing.T) {
			c, url := count(t)
			c.token = "a.b.c"
			args := []string{"pay", "--provider", provider, "--order", "A1", "--keys", keysDir(t), "--url", url}
			if code, _, errs := paysim(t, nil, args...); code != exitUsage || !strings.Contains(errs, "TOKEN") {
				t.Errorf("without one: exit %d, %q", code, errs)
			}
			code, _, errs := paysim(t, map[string]string{"TOKEN": "a.b.c"}, args...)
			if code != exitOK || c.shown != "" {
				t.Errorf("exit %d, %q; the callback showed %q", code, errs, c.shown)
			}
		})
		t.Run(provider+" repeats and forges", func(t *testing.T) {
			c, url := count(t)
			args := []string{"pay", "--provider", provider, "--order", "A1", "--amount", "1", "--keys", keysDir(t), "--url", url, "--times", "5", "--concurrent"}
			if code, out, errs := paysim(t, nil, args...); code != exitOK || len(c.paths) != 5 {
				t.Errorf("exit %d, %q, %q, %d callbacks", code, out, errs, len(c.paths))
			}
			if code, _, _ := paysim(t, nil, append(args, "--forge")...); code != exitUnexpected {
				t.Errorf("believed, exit %d", code)
			}
			c.status = http.StatusUnauthorized
			if code, _, errs := paysim(t, nil, append(args, "--forge")...); code != exitOK {
				t.Errorf("refused, exit %d, %q", code, errs)
			}
		})
		t.Run(provider+" is late", func(t *testing.T) {
			c, url := count(t)
			if provider != "alipay" { // which tells no time to be late by
				c.status = http.StatusUnauthorized
			}
			code, _, errs := paysim(t, nil, "pay", "--provider", provider, "--order", "A1", "--amount", "1",
				"--keys", keysDir(t), "--url", url, "--late", "10m")
			if code != exitOK {
				t.Errorf("exit %d, %q", code, errs)
			}
		})
	}
	t.Run("what the provider would repeat is the unexpected answer", func(t *testing.T) {
		c, url := count(t)
		c.body = "ok"
		args := []string{"--order", "A1", "--amount", "1", "--keys", keysDir(t), "--url", url}
		if code, _, _ := paysim(t, nil, append([]string{"pay", "--provider", "alipay"}, args...)...); code != exitUnexpected {
			t.Errorf("alipay takes ok: exit %d", code)
		}
		c.status = http.StatusAccepted
		if code, _, _ := paysim(t, nil, append([]string{"pay", "--provider", "wechatpay"}, args...)...); code != exitUnexpected {
			t.Errorf("wechatpay takes 202: exit %d", code)
		}
	})
	t.Run("an order that is not there costs nothing", func(t *testing.T) {
		_, url := count(t)
		code, _, errs := paysim(t, nil, "pay", "--provider", "stripe", "--order", "A9", "--keys", keysDir(t), "--url", url)
		if code != exitUsage || !strings.Contains(errs, "no order A9") {
			t.Errorf("exit %d, %q", code, errs)
		}
	})
	t.Run("nobody to ask is told by the exit code", func(t *testing.T) {
		code, _, errs := paysim(t, nil, "pay", "--order", "A1", "--keys", keysDir(t), "--url", "http://127.0.0.1:1")
		if code != exitNoAnswer || !strings.Contains(errs, "--amount") {
			t.Errorf("exit %d, %q", code, errs)
		}
	})
	t.Run("wechatpay can sign by its certificate, with keys named by the environment", func(t *testing.T) {
		_, url := count(t)
		env := map[string]string{keysVariable: keysDir(t)}
		if code, _, errs := paysim(t, env, "pay", "--provider", "wechatpay", "--certificate", "--order", "A1", "--url", url); code != exitOK {
			t.Errorf("exit %d, %q", code, errs)
		}
	})
}

func TestKeysInAFolder(t *testing.T) {
	dir := keysDir(t)
	config, err := os.ReadFile(filepath.Join(dir, "order.yaml"))
	if err != nil || !strings.HasPrefix(string(config), "providers:\n") {
		t.Fatalf("%s, %v", config, err)
	}
	t.Run("a folder that holds some is left alone", func(t *testing.T) {
		code, _, errs := paysim(t, nil, "keys", "--dir", dir)
		if code != exitUsage || !strings.Contains(errs, "already") {
			t.Errorf("exit %d, %q", code, errs)
		}
	})
	t.Run("the snippet is printed, the keys are not", func(t *testing.T) {
		one := filepath.Join(t.TempDir(), "one")
		code, out, errs := paysim(t, nil, "keys", "--dir", one, "--provider", "stripe", "--api", "http://127.0.0.1:9999")
		secret, err := os.ReadFile(filepath.Join(one, "stripe-api.secret"))
		if code != exitOK || err != nil || !strings.Contains(out, `"http://127.0.0.1:9999/stripe"`) || strings.Contains(out, strings.TrimSpace(string(secret))) {
			t.Errorf("exit %d, %q, %q, %v", code, out, errs, err)
		}
	})
}

// serving starts paysim serve on a free port and returns its address.
func serving(t *testing.T, args ...string) (url string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	in, out := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, append([]string{"serve", "--keys", keysDir(t), "--addr", "127.0.0.1:0"}, args...), os.Getenv, out, io.Discard)
		_ = out.Close()
		ended <- code
	}()
	stop = func() int { cancel(); return <-ended }
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) == 2 && fields[0] == "control" {
			go func() { _, _ = io.Copy(io.Discard, in) }() // ends with the server
			return strings.TrimSuffix(fields[1], "/sim/"), stop
		}
	}
	t.Fatalf("exit %d without an address", stop())
	return "", nil
}

func payments(t *testing.T, url string) []book.Payment {
	t.Helper()
	res, err := http.Get(url + "/sim/payments")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct{ Payments []book.Payment }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.Payments
}

func TestServing(t *testing.T) {
	t.Run("a payment made via the server is reported by it", func(t *testing.T) {
		c, order := count(t)
		url, stop := serving(t, "--callback", order)
		code, out, errs := paysim(t, nil, "pay", "--provider", "stripe", "--order", "A1", "--url", order, "--via", url)
		if code != exitOK || !strings.Contains(out, "taken") || !slices.Contains(c.paths, "/v1/payments/stripe/callback") {
			t.Errorf("exit %d, %q, %q, %q", code, out, errs, c.paths)
		}
		if p := payments(t, url); len(p) != 1 || p[0].Amount != 3980 || p[0].Currency != "EUR" {
			t.Errorf("%+v", p)
		}
		if code := stop(); code != exitOK {
			t.Errorf("ended with %d", code)
		}
	})
	t.Run("repeats are sent from here, and the server knows of the payment", func(t *testing.T) {
		c, order := count(t)
		url, stop := serving(t, "--callback", order)
		defer stop()
		code, out, errs := paysim(t, nil, "pay", "--provider", "alipay", "--order", "A1", "--amount", "5", "--url", order,
			"--via", url, "--times", "3", "--keys", keysDir(t))
		if code != exitOK || len(c.paths) != 3 || len(payments(t, url)) != 1 {
			t.Errorf("exit %d, %q, %q, %q", code, out, errs, c.paths)
		}
	})
	t.Run("one that is not taken is told with the time of the next try", func(t *testing.T) {
		c, order := count(t)
		c.status = http.StatusServiceUnavailable
		url, stop := serving(t, "--callback", order)
		defer stop()
		code, out, _ := paysim(t, nil, "pay", "--provider", "wechatpay", "--order", "A1", "--url", order, "--via", url)
		if code != exitUnexpected || !strings.Contains(out, "waiting") || !strings.Contains(out, "503") {
			t.Errorf("exit %d, %q", code, out)
		}
	})
	t.Run("a refusal of the server is told", func(t *testing.T) {
		url, stop := serving(t, "--callback", "")
		defer stop()
		args := []string{"pay", "--provider", "stripe", "--order", "A1", "--via", url, "--transaction", "pi_1", "--amount"}
		if code, _, errs := paysim(t, nil, append(args, "5")...); code != exitUnexpected || !strings.Contains(errs, "without --callback") {
			t.Errorf("exit %d, %q", code, errs)
		}
		if code, _, errs := paysim(t, nil, append(args, "6")...); code != exitUnexpected || !strings.Contains(errs, "other content") {
			t.Errorf("exit %d, %q", code, errs)
		}
	})
	t.Run("a restart with a state file forgets nothing", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "state.json")
		for run := range 2 {
			url, stop := serving(t, "--callback", "", "--state", file)
			if run == 0 {
				_, _, _ = paysim(t, nil, "pay", "--provider", "stripe", "--order", "A1", "--amount", "5", "--via", url)
			}
			if p := payments(t, url); len(p) != 1 {
				t.Errorf("run %d: %+v", run, p)
			}
			stop()
		}
	})
	t.Run("it ends at once although a request waits for an answer that never comes", func(t *testing.T) {
		url, stop := serving(t, "--callback", "")
		res, err := http.Post(url+"/sim/fault", "application/json",
			strings.NewReader(`{"provider":"stripe","operation":"query","fault":"timeout"}`))
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%v, %v", res, err)
		}
		secret, err := os.ReadFile(filepath.Join(keysDir(t), "stripe-api.secret"))
		if err != nil {
			t.Fatal(err)
		}
		sent, asked := make(chan struct{}), make(chan error, 1)
		go func() {
			traced := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				WroteRequest: func(httptrace.WroteRequestInfo) { close(sent) },
			})
			req, err := http.NewRequestWithContext(traced, http.MethodGet, url+"/stripe/v1/payment_intents/pi_1", nil)
			if err != nil {
				asked <- err
				return
			}
			req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(secret)))
			res, err := http.DefaultClient.Do(req)
			if err == nil {
				err = errors.Join(errors.New("answered "+res.Status), res.Body.Close())
			}
			asked <- err
		}()
		<-sent
		start := time.Now()
		if code := stop(); code != exitOK || time.Since(start) > 4*time.Second {
			t.Errorf("exit %d after %v", code, time.Since(start))
		}
		<-asked
	})
	t.Run("a port that is taken is told", func(t *testing.T) {
		url, stop := serving(t, "--callback", "")
		defer stop()
		code, _, errs := paysim(t, nil, "serve", "--keys", keysDir(t), "--addr", strings.TrimPrefix(url, "http://"))
		if code != exitUnexpected || !strings.Contains(errs, "listen") {
			t.Errorf("exit %d, %q", code, errs)
		}
	})
}
