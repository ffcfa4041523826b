package wechatpay

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
)

// window is how far from now a signature may be made, either way.
const window = 5 * time.Minute

// china is where all times of WeChat Pay are told.
var china = time.FixedZone("CST", 8*60*60)

// Provider is WeChat Pay's dialect.
type Provider struct{ keys *Keys }

// New is a provider that signs with keys.
func New(keys *Keys) *Provider { return &Provider{keys: keys} }

// ByCertificate is the same provider, signing under its certificate's serial number
// instead of its public key's id.
func (p *Provider) ByCertificate() *Provider {
	keys := *p.keys
	keys.ByCertificate = true
	return New(&keys)
}

// Name implements dialect.Dialect.
func (p *Provider) Name() string { return "wechatpay" }

// Words implements dialect.Dialect with the trade states of
// https://pay.weixin.qq.com/doc/v3/merchant/4012791861
func (p *Provider) Words() []dialect.Word {
	return []dialect.Word{
		{Text: "SUCCESS", State: book.Paid}, {Text: "REFUND", State: book.Paid},
		{Text: "NOTPAY", State: book.Pending}, {Text: "USERPAYING", State: book.Pending}, {Text: "ACCEPT", State: book.Pending},
		{Text: "CLOSED", State: book.Closed}, {Text: "REVOKED", State: book.Closed},
		{Text: "PAYERROR", State: book.Failed},
	}
}

// Retry implements dialect.Dialect with the documented schedule of 24 h 4 min.
func (p *Provider) Retry() dialect.Retry {
	const s, m, h = time.Second, time.Minute, time.Hour
	return dialect.Retry{
		Pauses:   []time.Duration{15 * s, 15 * s, 30 * s, 3 * m, 10 * m, 20 * m, 30 * m, 30 * m, 30 * m, 60 * m, 3 * h, 3 * h, 3 * h, 6 * h, 6 * h},
		Patience: 5 * s,
		Window:   window,
	}
}

// Taken implements dialect.Dialect: only the status counts, and only these two.
func (p *Provider) Taken(a deliver.Answer) bool {
	return a.Err == nil && (a.Status == http.StatusOK || a.Status == http.StatusNoContent)
}

// Forged implements dialect.Dialect. Names and the encryption stay right: only the
// signature is another's.
func (p *Provider) Forged() (dialect.Dialect, error) {
	keys := *p.keys
	var err error
	keys.platform, err = keyfile.NewRSA()
	return New(&keys), err
}

// NewTransactionID implements dialect.Dialect: 28 digits with the day in them.
func (p *Provider) NewTransactionID(now time.Time) string {
	return "4200" + dialect.Digits(6) + now.In(china).Format("20060102") + dialect.Digits(10)
}

// NewRefundID implements dialect.Dialect.
func (p *Provider) NewRefundID(now time.Time) string {
	return "5030" + dialect.Digits(6) + now.In(china).Format("20060102") + dialect.Digits(11)
}

// RefundEvents implements dialect.Dialect: one notice, without a name.
func (p *Provider) RefundEvents(book.Refund) []string { return []string{""} }

// Notice implements dialect.Dialect. The body stays over all tries, as the notice's id does.
func (p *Provider) Notice(n book.Notice) (deliver.Request, error) {
	body, err := p.seal(n)
	if err != nil {
		return nil, err
	}
	return func(at time.Time) (http.Header, []byte) {
		h := p.sign(at, body)
		h.Set("Content-Type", "application/json")
		h.Set("User-Agent", "Mozilla/4.0")
		return h, body
	}, nil
}

// sign makes the headers that prove what WeChat Pay sends, notices and answers alike.
// https://pay.weixin.qq.com/doc/v3/merchant/4013053249
func (p *Provider) sign(at time.Time, body []byte) http.Header {
	timestamp, nonce := strconv.FormatInt(at.Unix(), 10), dialect.Letters(32)
	h := http.Header{}
	h.Set("Wechatpay-Timestamp", timestamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Serial", p.keys.signer())
	h.Set("Wechatpay-Signature-Type", scheme)
	h.Set("Wechatpay-Signature", keyfile.Sign(p.keys.platform, timestamp+"\n"+nonce+"\n"+string(body)+"\n"))
	h.Set("Request-Id", dialect.Letters(32))
	return h
}

type envelope struct {
	ID           string   `json:"id"`
	CreateTime   string   `json:"create_time"`
	ResourceType string   `json:"resource_type"`
	EventType    string   `json:"event_type"`
	Summary      string   `json:"summary"`
	Resource     resource `json:"resource"`
}

type resource struct {
	OriginalType   string `json:"original_type"`
	Algorithm      string `json:"algorithm"`
	Ciphertext     string `json:"ciphertext"`
	AssociatedData string `json:"associated_data"`
	Nonce          string `json:"nonce"`
}

// seal is a notice's body, with what it tells encrypted by the APIv3 key.
// https://pay.weixin.qq.com/doc/v3/merchant/4012791861
func (p *Provider) seal(n book.Notice) ([]byte, error) {
	kind, event, summary, content := p.content(n)
	text, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("encode the notice: %w", err)
	}
	block, err := aes.NewCipher(p.keys.apiV3)
	if err != nil {
		return nil, fmt.Errorf("use the APIv3 key: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("use the APIv3 key: %w", err)
	}
	nonce := dialect.Letters(gcm.NonceSize())
	body, err := json.Marshal(envelope{
		ID: "EV-" + n.ID, CreateTime: clock(n.At), ResourceType: "encrypt-resource", EventType: event, Summary: summary,
		Resource: resource{
			OriginalType: kind, Algorithm: "AEAD_AES_256_GCM", AssociatedData: kind, Nonce: nonce,
			Ciphertext: base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), text, []byte(kind))),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("encode the notice: %w", err)
	}
	return body, nil
}

func clock(t time.Time) string { return t.In(china).Format(time.RFC3339) }
