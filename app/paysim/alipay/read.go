package alipay

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
)

var operations = map[string]dialect.Operation{
	"alipay.trade.refund":               dialect.Refund,
	"alipay.trade.fastpay.refund.query": dialect.RefundQuery,
	"alipay.trade.query":                dialect.Query,
	"alipay.trade.close":                dialect.Close,
}

// Read implements dialect.Dialect. As at Alipay, parameters may be in the query and in
// the form.
// https://opendocs.alipay.com/common/02kf5q
func (p *Provider) Read(r dialect.Request, _ time.Time) (dialect.Call, error) {
	form, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return dialect.Call{}, dialect.ErrMalformed
	}
	maps.Copy(form, r.Query)
	c := dialect.Call{Operation: operations[form.Get("method")], Form: answerName(form.Get("method"))}
	switch {
	case r.Path != "/gateway.do" || r.Method != http.MethodPost:
		return c, dialect.ErrNoRoute
	case form.Get("app_id") != p.keys.AppID:
		return c, dialect.ErrForeign
	case form.Get("sign_type") != "RSA2" || !keyfile.Verify(p.keys.appPublic, signed(form, "sign"), form.Get("sign")):
		return c, dialect.ErrUnsigned
	case c.Operation == "":
		return c, dialect.ErrNoRoute
	}
	return understand(c, form.Get("biz_content"))
}

// answerName is the member of the answer that holds what is signed.
func answerName(method string) string {
	if operations[method] == "" {
		return "error_response"
	}
	return strings.ReplaceAll(method, ".", "_") + "_response"
}

func understand(c dialect.Call, content string) (dialect.Call, error) {
	var asked struct {
		TradeNo      string `json:"trade_no"`
		OutTradeNo   string `json:"out_trade_no"`
		RefundAmount string `json:"refund_amount"`
		RefundReason string `json:"refund_reason"`
		OutRequestNo string `json:"out_request_no"`
	}
	if err := json.Unmarshal([]byte(content), &asked); err != nil || asked.TradeNo+asked.OutTradeNo == "" {
		return c, dialect.ErrMalformed
	}
	// trade_no is preferred when both are given.
	c.TransactionID, c.OrderNumber = asked.TradeNo, asked.OutTradeNo
	number := asked.OutRequestNo
	switch c.Operation {
	case dialect.RefundQuery:
		if number == "" {
			return c, dialect.ErrMalformed
		}
		c.Refund.Number = number
	case dialect.Refund:
		sum, err := fen(asked.RefundAmount)
		if err != nil || sum == 0 {
			return c, dialect.ErrMalformed
		}
		if number == "" { // then it is the whole payment's, and the trade's number stands for it
			number = asked.TradeNo + asked.OutTradeNo
		}
		c.Refund = book.Refund{Number: number, Key: number, Amount: sum, Currency: "CNY", Reason: asked.RefundReason}
	case dialect.Query, dialect.Close:
	}
	return c, nil
}
