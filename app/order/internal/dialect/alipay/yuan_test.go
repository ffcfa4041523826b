package alipay_test

import (
	"math"
	"math/big"
	"regexp"
	"testing"

	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
)

// FuzzYuan compares reading with exact fractions, and reads what is written.
func FuzzYuan(f *testing.F) {
	for i, s := range []string{
		"1.00", "1", "0.01", "0.1", "1e2", "-1", "+1", "1.", ".1", "1.001", " 1", "92233720368547758.07", "92233720368547758.08",
		"00000000000000000000000000.01", "1_0", "0x1p4", "1/2", "９", "",
	} {
		f.Add(s, int64(i*33))
	}
	f.Add("0", int64(math.MaxInt64))
	shape := regexp.MustCompile(`^[0-9]+(\.[0-9]{1,2})?$`)
	f.Fuzz(func(t *testing.T, text string, fen int64) {
		if fen >= 0 {
			written := alipay.Yuan(fen)
			if n, err := alipay.MinorUnits(written); err != nil || n != fen || written != big.NewRat(fen, 100).FloatString(2) {
				t.Fatalf("%d is written %s and reads %d, %v", fen, written, n, err)
			}
		}
		n, err := alipay.MinorUnits(text)
		if !shape.MatchString(text) {
			if err == nil {
				t.Fatalf("%q reads %d", text, n)
			}
			return
		}
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q is no number", text)
		}
		exact.Mul(exact, big.NewRat(100, 1))
		fits := exact.IsInt() && exact.Num().Cmp(big.NewInt(math.MaxInt64)) <= 0
		if fits != (err == nil) || fits && exact.Num().Int64() != n {
			t.Fatalf("%q reads %d, %v; it is %s", text, n, err, exact)
		}
	})
}
