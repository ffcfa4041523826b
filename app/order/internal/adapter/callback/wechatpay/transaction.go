package wechatpay

import (
	"encoding/json"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// transaction reads a decrypted payment.
func (p *Provider) transaction(plain []byte) domain.Notice {
	var t wechatpay.Transaction
	if err := json.Unmarshal(plain, &t); err != nil {
		return dialect.Unreadable(domain.Notice{}, "resource: must be the JSON object of a transaction")
	}
	n := t.Notice()
	if problem := t.Foreign(p.merchant); problem != "" {
		return dialect.Foreign(n, problem)
	}
	return t.Complete(n)
}
