package wechatpay

import (
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
)

const scheme = "WECHATPAY2-SHA256-RSA2048"

var parameter = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)

// authorize checks who signed a request.
// https://pay.weixin.qq.com/doc/v3/merchant/4012365336
func (p *Provider) authorize(r dialect.Request, now time.Time) error {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), scheme+" ")
	if !ok {
		return dialect.ErrUnsigned
	}
	said := map[string]string{}
	for _, match := range parameter.FindAllStringSubmatch(text, -1) {
		said[match[1]] = match[2]
	}
	seconds, err := strconv.ParseInt(said["timestamp"], 10, 64)
	key, isRSA := p.keys.merchantCert.PublicKey.(*rsa.PublicKey)
	signed := r.Method + "\n" + r.Target + "\n" + said["timestamp"] + "\n" + said["nonce_str"] + "\n" + string(r.Body) + "\n"
	switch {
	case err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > window || said["nonce_str"] == "",
		!strings.EqualFold(said["serial_no"], serial(p.keys.merchantCert)),
		!isRSA || !keyfile.Verify(key, signed, said["signature"]):
		return dialect.ErrUnsigned
	case said["mchid"] != p.keys.MchID:
		return dialect.ErrForeign
	}
	return nil
}

const (
	refunds      = "/v3/refund/domestic/refunds"
	transactions = "/v3/pay/transactions/out-trade-no/"
)

// Read implements dialect.Dialect.
func (p *Provider) Read(r dialect.Request, now time.Time) (dialect.Call, error) {
	if err := p.authorize(r, now); err != nil {
		return dialect.Call{}, err
	}
	refund, isRefund := strings.CutPrefix(r.Path, refunds+"/")
	order, isOrder := strings.CutPrefix(r.Path, transactions)
	closing, isClose := strings.CutSuffix(order, "/close")
	switch {
	case r.Path == refunds && r.Method == http.MethodPost:
		return readRefund(r.Body)
	case isRefund && r.Method == http.MethodGet && refund != "":
		return dialect.Call{Operation: dialect.RefundQuery, Refund: book.Refund{Number: refund}}, nil
	case isOrder && isClose && r.Method == http.MethodPost && closing != "":
		return p.readClose(closing, r.Body)
	case isOrder && !isClose && r.Method == http.MethodGet && order != "":
		c := dialect.Call{Operation: dialect.Query, OrderNumber: order}
		return c, p.merchant(r.Query.Get("mchid"))
	}
	return dialect.Call{}, dialect.ErrNoRoute
}

// merchant compares the merchant that a request is about.
func (p *Provider) merchant(mchid string) error {
	switch mchid {
	case "":
		return dialect.ErrMalformed
	case p.keys.MchID:
		return nil
	}
	return dialect.ErrForeign
}

func (p *Provider) readClose(order string, body []byte) (dialect.Call, error) {
	c := dialect.Call{Operation: dialect.Close, OrderNumber: order}
	var asked struct {
		MchID string `json:"mchid"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return c, dialect.ErrMalformed
	}
	return c, p.merchant(asked.MchID)
}

func readRefund(body []byte) (dialect.Call, error) {
	c := dialect.Call{Operation: dialect.Refund}
	var asked struct {
		TransactionID string `json:"transaction_id"`
		OutTradeNo    string `json:"out_trade_no"`
		OutRefundNo   string `json:"out_refund_no"`
		Reason        string `json:"reason"`
		Amount        struct {
			Refund   int64  `json:"refund"`
			Total    int64  `json:"total"`
			Currency string `json:"currency"`
		} `json:"amount"`
	}
	err := json.Unmarshal(body, &asked)
	if err != nil || asked.OutRefundNo == "" || len(asked.OutRefundNo) > 64 || len([]rune(asked.Reason)) > 80 ||
		(asked.TransactionID == "") == (asked.OutTradeNo == "") ||
		asked.Amount.Refund <= 0 || asked.Amount.Total < asked.Amount.Refund || asked.Amount.Currency == "" {
		return c, dialect.ErrMalformed
	}
	c.TransactionID, c.OrderNumber, c.Paid = asked.TransactionID, asked.OutTradeNo, asked.Amount.Total
	c.Refund = book.Refund{
		Number: asked.OutRefundNo, Key: asked.OutRefundNo, Content: asked.Amount.Currency,
		Amount: asked.Amount.Refund, Currency: asked.Amount.Currency, Reason: asked.Reason,
	}
	return c, nil
}
