package alipay

import (
	"errors"
	"net/url"
	"strings"

	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
)

// form is a notice's parameters, decoded.
type form map[string]string

// parseForm reads a body strictly: what two readers could understand differently, as a
// name that appears twice, is refused. Bytes stay as they are, whatever the charset:
// the signature covers them so. Errors hold nothing of the body.
func parseForm(body []byte) (form, error) {
	f := form{}
	for pair := range strings.SplitSeq(string(body), "&") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, errors.New("the body is no form")
		}
		name, err := url.QueryUnescape(name)
		if err != nil || name == "" || strings.ContainsAny(name, "&=") {
			return nil, errors.New("a name in the form cannot be read")
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, errors.New("a value in the form cannot be read")
		}
		if _, twice := f[name]; twice {
			return nil, errors.New("a name appears twice in the form")
		}
		f[name] = value
	}
	return f, nil
}

// signedText is what Alipay signs of a notice.
func (f form) signedText() string { return alipay.SignedText(f, fieldSign, fieldSignType) }

// only returns the parameters named, if the signed text has no other reading in which
// they differ. Alipay signs values without escaping them, so whoever can put
// "&total_amount=9" into a value that is passed through, as the subject, could have
// the same signature stand for another form.
func (f form) only(names []string) (form, error) {
	text := "&" + f.signedText()
	some := form{}
	for _, name := range names {
		value, ok := f[name]
		times := 0
		if ok {
			some[name], times = value, 1
		}
		if strings.Count(text, "&"+name+"=") != times || strings.Contains(value, "&") {
			return nil, errors.New("the signed text can be read in two ways")
		}
	}
	return some, nil
}
