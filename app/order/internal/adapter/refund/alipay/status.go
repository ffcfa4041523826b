package alipay

import (
	"fmt"
	"regexp"
)

// status is what every answer says about the call.
type status struct {
	Code    string `json:"code"`
	SubCode string `json:"sub_code"`
}

// The gateway's codes (https://opendocs.alipay.com/common/02km9f). The others say that
// the gateway did not take the request, or does not know: 20000, 20001, 40001, ….
const (
	codeSuccess = "10000"
	codeRefused = "40004" // by the method, which says why in sub_code
)

// unknown is an error unless the method itself answered. A request that the gateway
// did not let in, for its signature, app or rights, is not decided: it will be when
// somebody mends that.
func (s status) unknown() error {
	if s.Code == codeSuccess && s.SubCode == "" || s.Code == codeRefused && s.SubCode != "" {
		return nil
	}
	return fmt.Errorf("answered %s", s)
}

func (s status) succeeded() bool { return s.Code == codeSuccess }

// tradeUnknown tells that Alipay has no such trade.
func (s status) tradeUnknown() bool {
	return s.Code == codeRefused && (s.SubCode == "ACQ.TRADE_NOT_EXIST" || s.SubCode == "TRADE_NOT_EXIST")
}

var printable = regexp.MustCompile(`^[0-9A-Za-z._-]{1,64}$`)

// String is for errors and reasons: codes, and nothing else that an answer may hold.
func (s status) String() string {
	code, sub := "no code", ""
	if printable.MatchString(s.Code) {
		code = s.Code
	}
	if printable.MatchString(s.SubCode) {
		sub = " " + s.SubCode
	}
	return code + sub
}
