package grpcapi

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/identity"
)

func TestAPageTokenLeadsBackToItsPlace(t *testing.T) {
	id := identity.New()
	if got, err := decodeProductsToken(encodeProductsToken(id)); err != nil || got != id {
		t.Errorf("token of %q leads to %q, %v", id, got, err)
	}
	sku, place := strings.Repeat("x", 64), int64(1<<62)
	token := encodeMovementsToken(place, sku)
	if got, err := decodeMovementsToken(token, sku); err != nil || got != place {
		t.Errorf("token of %d leads to %d, %v", place, got, err)
	}
	if len(token) > 128 {
		t.Errorf("the longest token has %d characters, the contract takes 128", len(token))
	}
}

func TestNoTokenIsTheFirstPageAndTheLastPageHasNone(t *testing.T) {
	if got, err := decodeProductsToken(""); err != nil || got != "" {
		t.Errorf("no token leads to %q, %v", got, err)
	}
	if got, err := decodeMovementsToken("", "tea"); err != nil || got != 0 {
		t.Errorf("no token leads to %d, %v", got, err)
	}
	if encodeProductsToken("") != "" || encodeMovementsToken(0, "tea") != "" {
		t.Error("a last page names a next one")
	}
}

func TestAPageTokenIsRefusedWhereItWasNotGiven(t *testing.T) {
	b64 := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, token := range map[string]string{
		"no base64":                   "%%%",
		"something else":              b64("hello"),
		"another version":             b64("2/products/P1"),
		"of movements":                encodeMovementsToken(5, "tea"),
		"without a place":             b64("1/products/"),
		"with a place that is no id":  b64("1/products/' or 1=1"),
		"with more than it should be": b64("1/products/P1/x"),
	} {
		if got, err := decodeProductsToken(token); !errors.Is(err, errPageToken) {
			t.Errorf("products: a token %s leads to %q, %v", name, got, err)
		}
	}
	for name, token := range map[string]string{
		"of products":            encodeProductsToken("P1"),
		"of another SKU":         encodeMovementsToken(5, "mug"),
		"of place zero":          b64("1/movements/tea/0"),
		"of a place before zero": b64("1/movements/tea/-5"),
		"of no number":           b64("1/movements/tea/x"),
		"of too large a number":  b64("1/movements/tea/99999999999999999999"),
	} {
		if got, err := decodeMovementsToken(token, "tea"); !errors.Is(err, errPageToken) {
			t.Errorf("movements: a token %s leads to %d, %v", name, got, err)
		}
	}
}
