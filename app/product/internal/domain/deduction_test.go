package domain

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func deduction(t *testing.T, number string, lines ...Line) Deduction {
	t.Helper()
	d, err := NewDeduction(number, lines)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLinesOfOneSKUAreAddedUpAndSorted(t *testing.T) {
	given := []Line{{"tea", 1}, {"Mug", 2}, {"tea", 3}, {"mug", 4}, {"tea", 5}}
	before := slices.Clone(given)
	d := deduction(t, "O1", given...)
	want := []Line{{"Mug", 2}, {"mug", 4}, {"tea", 9}}
	if !slices.Equal(d.Lines(), want) {
		t.Errorf("lines are %v, want %v", d.Lines(), want)
	}
	if !slices.Equal(given, before) {
		t.Errorf("the caller's lines became %v", given)
	}
	d.Lines()[0].Quantity = 77
	if !slices.Equal(d.Lines(), want) {
		t.Error("a caller can change the deduction through its lines")
	}
}

func TestADeductionThatBreaksARuleIsInvalid(t *testing.T) {
	many := func(n int) []Line {
		lines := make([]Line, n)
		for i := range lines {
			lines[i] = Line{"tea", 1}
		}
		return lines
	}
	for _, c := range []struct {
		name   string
		number string
		lines  []Line
		ok     bool
	}{
		{"one line", "O1", many(1), true},
		{"no line", "O1", nil, false},
		{"the most lines", "O1", many(MaxLines), true},
		{"one line too many", "O1", many(MaxLines + 1), false},
		{"zero pieces", "O1", []Line{{"tea", 0}}, false},
		{"less than zero pieces", "O1", []Line{{"tea", 2}, {"tea", -1}}, false},
		{"the most pieces", "O1", []Line{{"tea", MaxLineQuantity}}, true},
		{"one piece too many", "O1", []Line{{"tea", MaxLineQuantity + 1}}, false},
		{"too many pieces in two lines", "O1", []Line{{"tea", MaxLineQuantity}, {"mug", 1}, {"tea", 1}}, false},
		{"a sum that overflows", "O1", []Line{{"tea", math.MaxInt64}, {"tea", math.MaxInt64}}, false},
		{"an empty code", "O1", []Line{{"", 1}}, false},
		{"the longest code", "O1", []Line{{strings.Repeat("x", 64), 1}}, true},
		{"a code too long", "O1", []Line{{strings.Repeat("x", 65), 1}}, false},
		{"a code with a space at its end", "O1", []Line{{"tea ", 1}}, false},
		{"a code with a line break at its end", "O1", []Line{{"tea\n", 1}}, false},
		{"a code that is not ASCII", "O1", []Line{{"té", 1}}, false},
		{"an empty order number", "", many(1), false},
		{"the longest order number", strings.Repeat("9", 32), many(1), true},
		{"an order number too long", strings.Repeat("9", 33), many(1), false},
		{"an order number with a dash", "O-1", many(1), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewDeduction(c.number, c.lines)
			if c.ok && err != nil {
				t.Errorf("refused: %v", err)
			}
			if !c.ok && !errors.Is(err, ErrInvalid) {
				t.Errorf("error is %v, want ErrInvalid", err)
			}
		})
	}
}

// Fingerprints are stored and compared for ever. If this test fails, orders that
// were deducted yesterday become conflicts today: repair the code, not the test.
func TestFingerprintsNeverChange(t *testing.T) {
	for _, c := range []struct {
		lines []Line
		want  string
	}{
		// printf 'v1\ntea 1\n' | sha256sum
		{[]Line{{"tea", 1}}, "14d2b0f88393f0bfa74361b5fa9727540f42cc53c291ec369a2ea15d8f4c7071"},
		// printf 'v1\nMug 2\nmug 4\ntea 9\n' | sha256sum
		{[]Line{{"tea", 4}, {"Mug", 2}, {"tea", 5}, {"mug", 4}}, "2496be5d8e4f05c4a6834ba0ddb4b25a2beaf7cb9a1bcd27bbe0f5703e40eaba"},
		// printf 'v1\na.b_c-d 1000000\n' | sha256sum
		{[]Line{{"a.b_c-d", 1_000_000}}, "7db95309b3b68a0dfaa4e7c57afaf929d7ff8256ac79bd6b245a32527a9a005b"},
	} {
		if got := deduction(t, "O1", c.lines...).Fingerprint(); got != c.want {
			t.Errorf("fingerprint of %v is %s, want %s", c.lines, got, c.want)
		}
	}
}

func TestFingerprintsTellContentsApart(t *testing.T) {
	seen := map[string][]Line{}
	for _, lines := range [][]Line{
		{{"a", 1}}, {{"a", 11}}, {{"a1", 1}}, {{"A", 1}}, {{"a", 1}, {"b", 1}}, {{"a", 1}, {"b", 11}}, {{"a", 11}, {"b", 1}}, {{"b", 1}},
	} {
		fingerprint := deduction(t, "O1", lines...).Fingerprint()
		if other, taken := seen[fingerprint]; taken {
			t.Errorf("%v and %v have the same fingerprint", lines, other)
		}
		seen[fingerprint] = lines
	}
	if a, b := deduction(t, "O1", Line{"a", 1}), deduction(t, "O2", Line{"a", 1}); a.Fingerprint() != b.Fingerprint() {
		t.Error("the fingerprint depends on more than the lines")
	}
}

func TestShortagesNameEveryLineThatCannotBeTaken(t *testing.T) {
	d := deduction(t, "O1", Line{"enough", 3}, Line{"exact", 3}, Line{"none", 3}, Line{"short", 3}, Line{"unknown", 3})
	got := d.Shortages(map[string]int64{"enough": 9, "exact": 3, "none": 0, "short": 2})
	want := []Shortage{
		{SKU: "none", Requested: 3},
		{SKU: "short", Requested: 3, Available: 2},
		{SKU: "unknown", Requested: 3, Unknown: true},
	}
	if !slices.Equal(got, want) {
		t.Errorf("shortages are %+v, want %+v", got, want)
	}
}
