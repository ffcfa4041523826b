package dialect_test

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
)

var wholeNumber = regexp.MustCompile(`^[0-9]{1,19}$`)

// FuzzMinorUnits looks for amounts that are taken though they are not written as an
// integer above zero, or taken for another.
func FuzzMinorUnits(f *testing.F) {
	for _, literal := range []string{
		"1999", "1", "0", "-1", "+1", "1.0", "1e3", `"1"`, "9007199254740993", "9223372036854775807", "9223372036854775808",
		"null", "", " 7 ", "7\n", "٧", "00000000000000000001",
	} {
		f.Add(literal)
	}
	f.Fuzz(func(t *testing.T, literal string) {
		got, err := dialect.MinorUnits(json.RawMessage(literal))
		want, parseErr := strconv.ParseInt(literal, 10, 64)
		ok := wholeNumber.MatchString(literal) && parseErr == nil && want > 0
		if ok != (err == nil) || ok && got != want {
			t.Fatalf("%q reads %d, %v", literal, got, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "must be ") {
			t.Fatalf("%q: %v says no rule", literal, err)
		}
	})
}

// FuzzMoment looks for times that some database cannot keep.
func FuzzMoment(f *testing.F) {
	for _, text := range []string{
		"2026-11-23T16:00:00+08:00", "2026-11-23T08:00:00.123456789Z", "", "yesterday", "0001-01-01T00:00:00Z",
		"2000-01-01T00:00:00+14:00", "1999-12-31T23:59:59Z", "9000-12-31T23:59:60Z", "9001-01-01T00:00:00Z", "2026-11-23 16:00:00",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := dialect.Moment(text)
		want, parseErr := time.Parse(time.RFC3339, text)
		inReach := parseErr == nil && want.Year() >= 2000 && want.Year() <= 9000
		if (err == nil) != (inReach || text == "") {
			t.Fatalf("%q reads %s, %v", text, got, err)
		}
		if !inReach {
			want = time.Time{}
		}
		if got.Location() != time.UTC || !got.Equal(want.Truncate(time.Microsecond)) {
			t.Fatalf("%q reads %s", text, got)
		}
	})
}

func TestACurrencyIsThreeCapitalLetters(t *testing.T) {
	for text, want := range map[string]bool{
		"CNY": true, "USD": true, "cny": false, "CN": false, "YUAN": false, "": false, "CNY\n": false, "ＣＮＹ": false,
	} {
		if err := dialect.CheckCurrency(text); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}
