package grpcapi

import (
	"encoding/base64"
	"errors"
	"strings"
)

var errPageToken = errors.New("pageToken: must be the nextPageToken of an earlier answer")

// pageVersion marks what a page token means, so that a later meaning can tell its
// own from tokens that callers still hold.
const pageVersion = "1."

// writePageToken makes a token of the number to go on before; none of none.
func writePageToken(before string) string {
	if before == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(pageVersion + before))
}

func readPageToken(token string) (string, error) {
	if token == "" {
		return "", nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	before, ok := strings.CutPrefix(string(text), pageVersion)
	if err != nil || !ok || before == "" {
		return "", errPageToken
	}
	return before, nil
}
