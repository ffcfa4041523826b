package alipay

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
)

// china is where all times of Alipay are told.
var china = time.FixedZone("CST", 8*60*60)

// Provider is Alipay's dialect.
type Provider struct{ keys *Keys }

// New is a provider that signs with keys.
func New(keys *Keys) *Provider { return &Provider{keys: keys} }

// Name implements dialect.Dialect.
func (p *Provider) Name() string { return "alipay" }

// Words implements dialect.Dialect with the trade states of
// https://opendocs.alipay.com/open/270/105902
func (p *Provider) Words() []dialect.Word {
	return []dialect.Word{
		{Text: "TRADE_SUCCESS", State: book.Paid}, {Text: "TRADE_FINISHED", State: book.Paid},
		{Text: "WAIT_BUYER_PAY", State: book.Pending}, {Text: "TRADE_CLOSED", State: book.Closed},
	}
}

// Retry implements dialect.Dialect with the documented eight tries in 25 hours.
// Nothing says how long Alipay waits for an answer, and a notice tells no time that
// its receiver could hold against it.
func (p *Provider) Retry() dialect.Retry {
	const m, h = time.Minute, time.Hour
	return dialect.Retry{
		Pauses:   []time.Duration{4 * m, 10 * m, 10 * m, 1 * h, 2 * h, 6 * h, 15 * h},
		Patience: 15 * time.Second,
	}
}

// Taken implements dialect.Dialect: exactly seven characters.
func (p *Provider) Taken(a deliver.Answer) bool { return a.OK() && a.Body == "success" }

// Forged implements dialect.Dialect.
func (p *Provider) Forged() (dialect.Dialect, error) {
	keys := *p.keys
	var err error
	keys.platform, err = keyfile.NewRSA()
	return New(&keys), err
}

// NewTransactionID implements dialect.Dialect: 28 digits with the day in front.
func (p *Provider) NewTransactionID(now time.Time) string {
	return now.In(china).Format("20060102") + "22001" + dialect.Digits(15)
}

// NewRefundID implements dialect.Dialect. Alipay gives refunds no id of its own: this
// one stands for the request number that its console makes up.
func (p *Provider) NewRefundID(now time.Time) string {
	return now.In(china).Format("20060102150405") + dialect.Digits(10)
}

// RefundEvents implements dialect.Dialect: one notice, without a name, and none of a
// refund that failed.
func (p *Provider) RefundEvents(r book.Refund) []string {
	if r.State == book.RefundFailed {
		return nil
	}
	return []string{""}
}

// Notice implements dialect.Dialect. As at Alipay, each try tells the time it is sent
// at, and so is signed anew.
func (p *Provider) Notice(n book.Notice) (deliver.Request, error) {
	fields := p.fields(n)
	return func(at time.Time) (http.Header, []byte) {
		form := url.Values{}
		for name, value := range fields {
			form.Set(name, value)
		}
		form.Set("notify_time", clock(at))
		form.Set("sign", keyfile.Sign(p.keys.platform, signed(form, "sign", "sign_type")))
		header := http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}
		return header, []byte(form.Encode())
	}, nil
}

// signed is what signatures cover: the fields that are not empty, sorted, unescaped.
// Those of notices leave sign_type out, those of requests have it in.
// https://opendocs.alipay.com/open/270/105902
func signed(form url.Values, without ...string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if value := form.Get(name); value != "" && !slices.Contains(without, name) {
			pairs = append(pairs, name+"="+value)
		}
	}
	return strings.Join(pairs, "&")
}

func clock(t time.Time) string { return t.In(china).Format(time.DateTime) }
