package alipay

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzParseForm compares with the standard library's reader, which takes more.
func FuzzParseForm(f *testing.F) {
	for _, s := range []string{"a=1&b=2", "a=1&a=2", "a", "=", "a=%41%zz", "a=b=c", "a%26b=1", "a%3Db=1", "a=1&&b=2", "a=+%2B", "a=1;b=2", "sign=x&sign_type=y&z="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := parseForm([]byte(body))
		if err != nil {
			return
		}
		if !strings.Contains(body, ";") { // a separator of old for url.ParseQuery, refused there
			want, err := url.ParseQuery(body)
			if err != nil || len(want) != len(got) {
				t.Fatalf("%q reads %v, not %v", body, got, want)
			}
			for name, value := range got {
				if len(want[name]) != 1 || want[name][0] != value {
					t.Fatalf("%q reads %v, not %v", body, got, want)
				}
			}
		}
		// What is handed on has the one reading: cut out of the signed text it is the same.
		some, err := got.only(fields)
		if err != nil {
			return
		}
		cut := map[string]string{}
		for pair := range strings.SplitSeq(got.signedText(), "&") {
			name, value, _ := strings.Cut(pair, "=")
			if _, ok := cut[name]; !ok {
				cut[name] = value
			}
		}
		for _, name := range fields {
			value, ok := some[name]
			other, inText := cut[name]
			if ok && (!inText || other != value) {
				t.Fatalf("%q: %s is %q, in the signed text %q", body, name, value, other)
			}
		}
	})
}
