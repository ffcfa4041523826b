package alipay

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
)

// form is the request, signed (https://opendocs.alipay.com/common/02kf5q). Unlike a
// notice's, the signature covers sign_type.
func (a *API) form(method string, content any) (string, error) {
	biz, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("write biz_content: %w", err)
	}
	fields := map[string]string{
		"app_id":      a.appID,
		"method":      method,
		"format":      "JSON",
		"charset":     "utf-8",
		"sign_type":   alipay.SignType,
		"timestamp":   alipay.Timestamp(time.Now()),
		"version":     "1.0",
		"biz_content": string(biz),
	}
	signature, err := alipay.Sign([]byte(alipay.SignedText(fields)), a.private)
	if err != nil {
		return "", err
	}
	values := url.Values{"sign": {base64.StdEncoding.EncodeToString(signature)}}
	for name, value := range fields {
		values.Set(name, value)
	}
	return values.Encode(), nil
}
