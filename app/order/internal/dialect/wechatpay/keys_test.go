package wechatpay_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/keyring/keyringtest"
	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay"
)

func TestKeysThatWouldVerifyNothingAreRefusedByName(t *testing.T) {
	certificate := func(from, to time.Time) string { return keyringtest.Certificate(privateA(), serialA, from, to) }
	year := now.AddDate(1, 0, 0)
	for _, c := range []struct {
		name string
		key  keyring.Key
		says []string
	}{
		{"an expired certificate", keyring.Key{ID: serialA, Text: certificate(now.AddDate(-5, 0, 0), now.Add(-time.Second))},
			[]string{serialA, "expired at 2026-11-23T07:59:59Z"}},
		{"a certificate of the future", keyring.Key{ID: serialA, Text: certificate(now.Add(time.Hour), year)}, []string{serialA, "not valid before"}},
		{"a certificate under another serial number", keyring.Key{ID: "ABCD", Text: certificate(now, year)}, []string{"ABCD", serialA}},
		{"a certificate under a public key's name", keyring.Key{ID: publicB, Text: certificate(now, year)}, []string{publicB, serialA}},
		{"a public key under a serial number", keyring.Key{ID: serialA, Text: keyringtest.Public(privateA())}, []string{serialA, "PUB_KEY_ID_"}},
		{"no key at all", keyring.Key{ID: publicB, Text: "hello"}, []string{publicB}},
	} {
		_, err := wechatpay.NewPlatformKeys([]keyring.Key{c.key}, now)
		if err == nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		for _, says := range c.says {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %q does not say %q", c.name, err, says)
			}
		}
		if strings.Contains(err.Error(), "BEGIN") {
			t.Errorf("%s: %q holds a key", c.name, err)
		}
	}
}

func TestASerialNumberMayBeWrittenInLowerCaseAndWithLeadingZeros(t *testing.T) {
	serial := "0A57F09EFDC096DE15EBE81A47057A7232F1B8E1"
	text := keyringtest.Certificate(privateA(), serial, now, now.AddDate(1, 0, 0))
	for _, id := range []string{serial, serial[1:], strings.ToLower(serial)} {
		keys := platform(t, keyring.Key{ID: id, Text: text})
		for _, sent := range []string{serial, serial[1:]} {
			if err := sign(t, privateA(), sent, bodyA, now).verify(keys, now); err != nil {
				t.Errorf("configured as %s, sent as %s: %v", id, sent, err)
			}
		}
	}
}

func TestKeysTellTheCertificatesEnd(t *testing.T) {
	keys := platform(t).Keys()
	if len(keys) != 2 || keys[0].ID != serialA || keys[1].ID != publicB {
		t.Fatalf("keys %v", keys)
	}
	if !keys[0].NotAfter.Equal(now.AddDate(1, 0, 0)) || !keys[1].NotAfter.IsZero() {
		t.Errorf("ends %s, %s", keys[0].NotAfter, keys[1].NotAfter)
	}
}

func TestTheFirstValidKeyIsWanted(t *testing.T) {
	first, second := certificateA(), publicKeyB()
	first.NotAfter, second.NotAfter = now.Add(time.Hour), now.Add(2*time.Hour)
	keys := platform(t, first, second)
	for offset, want := range map[time.Duration]string{0: serialA, time.Hour: publicB, 2 * time.Hour: ""} {
		if got := keys.Wanted(now.Add(offset)); got != want {
			t.Errorf("after %s: %q is wanted", offset, got)
		}
	}
}

func TestPlatformKeysRotate(t *testing.T) {
	old, young := certificateA(), publicKeyB()
	old.NotAfter, young.NotBefore = now.Add(time.Hour), now.Add(-time.Hour)
	keys := platform(t, old, young)
	for _, c := range []struct {
		name string
		old  bool
		at   time.Time
		want bool
	}{
		{"old key during the overlap", true, now, true},
		{"new key during the overlap", false, now, true},
		{"old key after its end", true, now.Add(time.Hour), false},
		{"new key before its start", false, now.Add(-2 * time.Hour), false},
		{"new key after the overlap", false, now.Add(2 * time.Hour), true},
	} {
		m := sign(t, privateB(), publicB, bodyA, c.at)
		if c.old {
			m = sign(t, privateA(), serialA, bodyA, c.at)
		}
		if err := m.verify(keys, c.at); (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestOneKeyConfiguredTwiceVerifiesWhileEitherIsValid(t *testing.T) {
	ended := certificateA()
	ended.NotAfter = now.Add(-time.Minute)
	if err := signA(t, bodyA).verify(platform(t, ended), now); err == nil || !strings.Contains(err.Error(), "not valid now") {
		t.Errorf("error %v", err)
	}
	if err := signA(t, bodyA).verify(platform(t, ended, certificateA()), now); err != nil {
		t.Errorf("listed again: %v", err)
	}
}

func TestACertificateThatExpiresWhileItIsLoadedVerifiesNoMore(t *testing.T) {
	keys := platform(t, keyring.Key{ID: serialA, Text: keyringtest.Certificate(privateA(), serialA, now.Add(-time.Hour), now.Add(time.Hour))})
	for offset, want := range map[time.Duration]bool{59 * time.Minute: true, time.Hour: false} {
		at := now.Add(offset)
		if err := sign(t, privateA(), serialA, bodyA, at).verify(keys, at); (err == nil) != want {
			t.Errorf("after %s: %v", offset, err)
		}
	}
}
