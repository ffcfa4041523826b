package dialect

import (
	"crypto/rand"
	"math/big"
	"strings"
)

// Digits is a random decimal number of n digits.
func Digits(n int) string { return pick("0123456789", n) }

// Letters is random text of n letters and digits.
func Letters(n int) string {
	return pick("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", n)
}

func pick(alphabet string, n int) string {
	var text strings.Builder
	size := big.NewInt(int64(len(alphabet)))
	for range n {
		i, err := rand.Int(rand.Reader, size)
		if err != nil {
			panic(err) // the system's randomness never fails
		}
		text.WriteByte(alphabet[i.Int64()])
	}
	return text.String()
}
