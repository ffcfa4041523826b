package alipay

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	errUnsigned   = errors.New("the answer is not signed by a key of ours that is valid now")
	errUnreadable = errors.New("the answer is no JSON object")
)

// open returns the member of an answer that holds what the method answers, once its
// signature is verified over the bytes as they came
// (https://opendocs.alipay.com/common/02mse7).
func (a *API) open(method string, body []byte) ([]byte, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil, errUnreadable
	}
	content, ok := members[strings.ReplaceAll(method, ".", "_")+"_response"]
	if !ok {
		if content, ok = members["error_response"]; !ok {
			return nil, errors.New("the answer is about another method")
		}
		return nil, fmt.Errorf("the gateway refuses: %s", hint(content))
	}
	var sign string
	if json.Unmarshal(members["sign"], &sign) != nil {
		return nil, fmt.Errorf("%w: %s", errUnsigned, hint(content))
	}
	signature, err := base64.StdEncoding.DecodeString(sign)
	if err != nil {
		return nil, errUnsigned
	}
	now := time.Now()
	if a.public.Verify(content, signature, now) == nil {
		return content, nil
	}
	// Alipay may sign before it escapes slashes, as its own SDK allows for. What is
	// believed is what was signed.
	signed := bytes.ReplaceAll(content, []byte(`\/`), []byte(`/`))
	if a.public.Verify(signed, signature, now) == nil {
		return signed, nil
	}
	return nil, fmt.Errorf("%w: %s", errUnsigned, hint(content))
}

// hint tells an operator what an answer that is not believed claims: the gateway does
// not sign everything that says how a key or the app is set up wrong.
func hint(content []byte) string {
	var s status
	if json.Unmarshal(content, &s) != nil {
		return "no code"
	}
	return s.String()
}
