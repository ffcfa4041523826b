package wechatpay

import "net/http"

// Through has the API send through what wrap makes of its transport.
func (a *API) Through(wrap func(http.RoundTripper) http.RoundTripper) {
	a.client.Transport = wrap(a.client.Transport)
}
