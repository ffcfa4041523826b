package grpcapi

import (
	"encoding/base64"
	"errors"
	"regexp"
	"strconv"
	"strings"
)

// errPageToken: a page token is none that this list gave.
var errPageToken = errors.New("pageToken: not a token that this list answered with")

// Page tokens are opaque to callers. Inside they say their version and their list,
// so that a token is refused where it does not belong and its form can change.
const (
	tokenVersion  = "1"
	tokenProducts = "products"
	tokenLedger   = "movements"
)

var productID = regexp.MustCompile(`^[0-9A-Za-z]{1,32}$`)

// encodeProductsToken is empty for an empty id: there is no next page.
func encodeProductsToken(before string) string {
	if before == "" {
		return ""
	}
	return encodeToken(tokenProducts, before)
}

func decodeProductsToken(token string) (before string, err error) {
	if token == "" {
		return "", nil
	}
	before, err = decodeToken(token, tokenProducts)
	if err != nil || !productID.MatchString(before) {
		return "", errPageToken
	}
	return before, nil
}

// encodeMovementsToken is empty for 0: there is no next page.
func encodeMovementsToken(before int64, sku string) string {
	if before == 0 {
		return ""
	}
	return encodeToken(tokenLedger, sku, strconv.FormatInt(before, 10))
}

func decodeMovementsToken(token, sku string) (before int64, err error) {
	if token == "" {
		return 0, nil
	}
	text, err := decodeToken(token, tokenLedger, sku)
	if err != nil {
		return 0, err
	}
	before, err = strconv.ParseInt(text, 10, 64)
	if err != nil || before < 1 {
		return 0, errPageToken
	}
	return before, nil
}

// separator cannot be part of a SKU code, an id or a number.
const separator = "/"

func encodeToken(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(tokenVersion + separator + strings.Join(parts, separator)))
}

// decodeToken returns the part of a token that follows the expected ones.
func decodeToken(token string, expected ...string) (string, error) {
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", errPageToken
	}
	prefix := tokenVersion + separator + strings.Join(expected, separator) + separator
	rest, found := strings.CutPrefix(string(text), prefix)
	if !found || rest == "" {
		return "", errPageToken
	}
	return rest, nil
}
