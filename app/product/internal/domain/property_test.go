package domain

import (
	"errors"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawLines are lines that a deduction can have, some of one SKU.
func drawLines(t *rapid.T, label string) []Line {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Line {
		return Line{rapid.SampledFrom([]string{"a", "b", "B", "a-1", "a1"}).Draw(t, "sku"), rapid.Int64Range(1, 3).Draw(t, "quantity")}
	}), 1, 6).Draw(t, label)
}

func content(lines []Line) map[string]int64 {
	sums := map[string]int64{}
	for _, line := range lines {
		sums[line.SKU] += line.Quantity
	}
	return sums
}

func drawn(t *rapid.T, number string, lines []Line) Deduction {
	d, err := NewDeduction(number, lines)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhatIsDeductedIsWhatTheLinesAddUpTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := drawLines(t, "lines")
		given := slices.Clone(lines)
		d := drawn(t, "O1", lines)
		if !slices.Equal(given, lines) {
			t.Fatalf("the caller's lines became %v", lines)
		}
		if got := d.Lines(); !slices.IsSortedFunc(got, func(a, b Line) int { return strings.Compare(a.SKU, b.SKU) }) ||
			len(got) != len(content(lines)) || !maps.Equal(content(got), content(lines)) {
			t.Fatalf("lines are %v", got)
		}
		if again := drawn(t, "O1", d.Lines()); !slices.Equal(again.Lines(), d.Lines()) {
			t.Fatalf("merged again: %v", again.Lines())
		}
	})
}

func TestTheFingerprintTellsTheContentAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := drawLines(t, "lines")
		d := drawn(t, "O1", lines)
		shuffled := drawn(t, "O2", rapid.Permutation(lines).Draw(t, "in another order"))
		if d.Fingerprint() != shuffled.Fingerprint() {
			t.Fatal("the fingerprint depends on the order of lines, or on the order's number")
		}
		other := drawn(t, "O1", drawLines(t, "other lines"))
		if same := maps.Equal(content(d.Lines()), content(other.Lines())); (d.Fingerprint() == other.Fingerprint()) != same {
			t.Fatalf("%v and %v: same fingerprint %t", d.Lines(), other.Lines(), !same)
		}
	})
}

func TestLinesAreInvalidExactlyWhenARuleIsBroken(t *testing.T) {
	quantities := rapid.OneOf(rapid.Int64Range(-1, 2), rapid.Int64Range(MaxLineQuantity/2-1, MaxLineQuantity/2+1),
		rapid.Int64Range(MaxLineQuantity-1, MaxLineQuantity+1), rapid.Int64())
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Line {
			return Line{rapid.StringMatching("[a-c]").Draw(t, "sku"), quantities.Draw(t, "quantity")}
		}), 0, 4).Draw(t, "lines")
		good := len(lines) > 0
		sums := map[string]*big.Int{}
		for _, line := range lines {
			if sums[line.SKU] == nil {
				sums[line.SKU] = new(big.Int)
			}
			sums[line.SKU].Add(sums[line.SKU], big.NewInt(line.Quantity))
			good = good && line.Quantity >= 1
		}
		for _, sum := range sums {
			good = good && sum.Cmp(big.NewInt(MaxLineQuantity)) <= 0
		}
		if _, err := NewDeduction("O1", lines); good != (err == nil) || !good && !errors.Is(err, ErrInvalid) {
			t.Fatalf("%v: %v, good: %t", lines, err, good)
		}
	})
}

// All lines or none: there is a shortage exactly when stock would fall below zero,
// and it names every SKU that would, and no other.
func TestNothingIsShortExactlyWhenAllCanBeTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawn(t, "O1", drawLines(t, "lines"))
		onHand := rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "B", "a-1", "a1", "other"}), rapid.Int64Range(0, 4)).Draw(t, "on hand")
		short := map[string]Shortage{}
		for _, s := range d.Shortages(onHand) {
			short[s.SKU] = s
		}
		for _, line := range d.Lines() {
			have, known := onHand[line.SKU]
			s, isShort := short[line.SKU]
			if want := have-line.Quantity < 0; isShort != want {
				t.Fatalf("%d of %d %s: short %t", have, line.Quantity, line.SKU, isShort)
			}
			if want := (Shortage{line.SKU, line.Quantity, have, !known}); isShort && s != want {
				t.Fatalf("told %+v, want %+v", s, want)
			}
			delete(short, line.SKU)
		}
		if len(short) > 0 {
			t.Fatalf("%v is short, and nobody asked for it", short)
		}
	})
}

func TestARequestIsReplayedOnlyByItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) Change {
			c, err := NewRestock("a", "r1", rapid.Int64Range(1, 3).Draw(t, label), rapid.SampledFrom([]string{"", "found"}).Draw(t, "reason"))
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		first, second := draw("first"), draw("second")
		recorded := Movement{SKU: first.SKU, Kind: first.Kind, Ref: first.RequestID, Delta: first.Delta, Reason: first.Reason}
		err := second.Replays(recorded)
		if same := first == second; same != (err == nil) || !same && !errors.Is(err, ErrRequestReused) {
			t.Fatalf("%+v after %+v: %v", second, first, err)
		}
	})
}
