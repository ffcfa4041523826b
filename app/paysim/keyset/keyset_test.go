package keyset_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
	"github.com/stockonce/stockonce/app/paysim/keyset"
)

func write(t *testing.T, names ...string) (*keyset.Set, keyfile.Place) {
	t.Helper()
	set, err := keyset.New(names...)
	if err != nil {
		t.Fatal(err)
	}
	at := keyfile.Place{Dir: filepath.Join(t.TempDir(), "keys"), API: "http://127.0.0.1:8400/", Callback: "http://127.0.0.1:8000"}
	if err := set.Write(at); err != nil {
		t.Fatal(err)
	}
	return set, at
}

func TestASetOfKeys(t *testing.T) {
	set, at := write(t)

	t.Run("nobody else can read its files", func(t *testing.T) {
		files := 0
		err := filepath.WalkDir(at.Dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			want := fs.FileMode(0o600)
			if entry.IsDir() {
				want = 0o700
			} else {
				files++
			}
			if info.Mode().Perm() != want {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			return nil
		})
		if err != nil || files != 16 {
			t.Errorf("%d files, %v", files, err)
		}
	})
	t.Run("it is read back as itself", func(t *testing.T) {
		again, err := keyset.Read(at.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range keyset.Names() {
			if name == "wechatpay" || name == "alipay" { // their signatures and ciphers have randomness, or take time
				continue
			}
			n := book.PaymentNotice(book.Payment{Provider: name, OrderNumber: "A1", TransactionID: "T1", Amount: 1, Currency: "CNY", State: book.Paid}, time.Now())
			one, _ := set.Dialect(name)
			two, ok := again.Dialect(name)
			if !ok {
				t.Fatalf("%s is missing", name)
			}
			first, err1 := one.Notice(n)
			second, err2 := two.Notice(n)
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			h1, b1 := first(time.Unix(1, 0))
			h2, b2 := second(time.Unix(1, 0))
			if !reflect.DeepEqual(h1, h2) || string(b1) != string(b2) {
				t.Errorf("%s signs otherwise", name)
			}
		}
		if again.Config(at) != set.Config(at) {
			t.Error("another configuration goes with it")
		}
	})
	t.Run("its configuration names every file it needs and holds none of them", func(t *testing.T) {
		config, err := os.ReadFile(filepath.Join(at.Dir, keyset.ConfigFile))
		if err != nil || string(config) != set.Config(at) {
			t.Fatalf("%s, %v", config, err)
		}
		for _, name := range []string{
			"standard.secret", "standard-api.secret", "wechatpay-public.pem", "wechatpay-certificate.pem", "wechatpay-v3.secret",
			"wechatpay-merchant-private.pem", "alipay-public.pem", "alipay-app-private.pem", "stripe-endpoint.secret", "stripe-api.secret",
		} {
			path := filepath.Join(at.Dir, name)
			content, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(config), `"`+path+`"`) || strings.Contains(string(config), strings.TrimSpace(string(content))) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if strings.Contains(string(config), "platform-private") {
			t.Error("the merchant is given the provider's private key")
		}
		for _, url := range []string{"/wechatpay", "/alipay/gateway.do", "/stripe", "/standard"} {
			if !strings.Contains(string(config), `"http://127.0.0.1:8400`+url+`"`) {
				t.Errorf("%s is not in it", url)
			}
		}
	})
	t.Run("keys that are there are not written over", func(t *testing.T) {
		before, err := os.ReadFile(filepath.Join(at.Dir, "stripe-api.secret"))
		if err != nil {
			t.Fatal(err)
		}
		other, err := keyset.New("stripe")
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Write(at); !errors.Is(err, os.ErrExist) {
			t.Errorf("%v", err)
		}
		after, err := os.ReadFile(filepath.Join(at.Dir, "stripe-api.secret"))
		if err != nil || string(after) != string(before) {
			t.Errorf("changed, %v", err)
		}
	})
}

func TestASetOfOneProvider(t *testing.T) {
	_, at := write(t, "stripe")
	set, err := keyset.Read(at.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if all := set.Dialects(); len(all) != 1 || all[0].Name() != "stripe" {
		t.Errorf("%d providers", len(all))
	}
	if _, ok := set.Dialect("alipay"); ok {
		t.Error("it has keys of alipay")
	}
	if config := set.Config(at); !strings.HasPrefix(config, "providers:\n  stripe:\n") || strings.Contains(config, "alipay") {
		t.Error(config)
	}
}

func TestBrokenKeysAreNamedAndNotQuoted(t *testing.T) {
	_, at := write(t)
	for _, name := range []string{
		"paysim.json", "standard.secret", "wechatpay-platform-private.pem", "wechatpay-v3.secret", "wechatpay-merchant-certificate.pem",
		"alipay-platform-private.pem", "alipay-app-public.pem", "stripe-endpoint.secret",
	} {
		path := filepath.Join(at.Dir, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("hunter2"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = keyset.Read(at.Dir)
		provider, _, _ := strings.Cut(name, "-")
		if err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(provider, ".secret")) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := keyset.Read(at.Dir); err != nil {
		t.Errorf("repaired: %v", err)
	}
}

func TestNamesAreThoseOfTheDialects(t *testing.T) {
	set, err := keyset.New()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range set.Dialects() {
		names = append(names, d.Name())
	}
	if !slices.Equal(names, keyset.Names()) {
		t.Errorf("%v", names)
	}
}
