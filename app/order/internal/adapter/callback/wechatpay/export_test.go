package wechatpay

// ReadBody reads a body as if it were verified: signing each would take most of a
// fuzzer's time.
var ReadBody = (*Provider).read
