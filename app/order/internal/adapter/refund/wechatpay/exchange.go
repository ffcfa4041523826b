package wechatpay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
)

// denied is a verified answer of WeChat Pay that is no success. The codes that are
// common to all requests: https://pay.weixin.qq.com/doc/v3/merchant/4012552567.
type denied struct {
	status  int
	code    string
	message string // WeChat Pay's, for people
	body    []byte
}

// Error implements error.
func (d *denied) Error() string {
	text := fmt.Sprintf("WeChat Pay answers %d", d.status)
	if d.code != "" {
		text += " " + d.code
	}
	if d.message != "" {
		text += ": " + d.message
	}
	return text
}

// code is how WeChat Pay writes the codes of errors.
var code = regexp.MustCompile(`^[A-Z_]{1,40}$`)

// maxMessage is how much of WeChat Pay's message is told, in characters.
const maxMessage = 120

// exchange sends a signed request with the JSON of in (nil: without a body) and
// returns the verified body of a success, 200 or 204. A verified answer of another
// kind is *denied; after any other error nothing is known.
func (a *API) exchange(ctx context.Context, method, path string, in any) ([]byte, error) {
	req, err := a.request(ctx, method, path, in)
	if err != nil {
		return nil, err
	}
	answer, err := outbound.Exchange(a.client, req)
	if err != nil {
		return nil, fmt.Errorf("ask WeChat Pay: %w", err)
	}
	d := refusal(answer.Status, answer.Body)
	if err := a.platform.Verify(answer.Header.Get, answer.Body, time.Now()); err != nil {
		// What it says is told although anybody may have written it: WeChat Pay does not
		// sign that our own signature is wrong.
		return nil, fmt.Errorf("not believed, %w: %s", err, d.Error())
	}
	if answer.Status != http.StatusOK && answer.Status != http.StatusNoContent {
		return nil, d
	}
	return answer.Body, nil
}

func (a *API) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	authorization, err := a.credentials.GenerateAuthorizationHeader(ctx, method, req.URL.RequestURI(), string(body))
	if err != nil {
		return nil, fmt.Errorf("sign request: %w", err)
	}
	req.Header.Set(consts.Authorization, authorization)
	req.Header.Set(consts.Accept, consts.ApplicationJSON)
	req.Header.Set(consts.UserAgent, "stockonce") // without one WeChat Pay refuses
	req.Header.Set(consts.WechatPaySerial, a.platform.Wanted(time.Now()))
	if body != nil {
		req.Header.Set(consts.ContentType, consts.ApplicationJSON)
	}
	return req, nil
}

// refusal reads what an error says, as far as it is fit to be told. The details that
// come with it repeat the request, and are left out.
func refusal(status int, body []byte) *denied {
	var e struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	d := &denied{status: status, body: body}
	if json.Unmarshal(body, &e) != nil || !code.MatchString(e.Code) {
		return d
	}
	d.code = e.Code
	d.message = strings.Join(strings.Fields(e.Message), " ")
	if runes := []rune(d.message); len(runes) > maxMessage {
		d.message = string(runes[:maxMessage])
	}
	return d
}
