package standard

import (
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

var operations = map[string]dialect.Operation{
	"/refunds": dialect.Refund, "/payments/query": dialect.Query, "/payments/close": dialect.Close,
}

// asked is what the bodies of all requests may hold.
type asked struct {
	RefundNumber  string `json:"refundNumber"`
	TransactionID string `json:"transactionId"`
	OrderNumber   string `json:"orderNumber"`
	Amount        int64  `json:"amount"`
	Currency      string `json:"currency"`
	Paid          int64  `json:"paid"`
	Reason        string `json:"reason"`
}

// Read implements dialect.Dialect.
func (p *Provider) Read(r dialect.Request, now time.Time) (dialect.Call, error) {
	if !p.signed(r, now) {
		return dialect.Call{}, dialect.ErrUnsigned
	}
	operation, ok := operations[r.Path]
	if !ok || r.Method != http.MethodPost {
		return dialect.Call{}, dialect.ErrNoRoute
	}
	c := dialect.Call{Operation: operation}
	var body asked
	if err := json.Unmarshal(r.Body, &body); err != nil || body.OrderNumber == "" {
		return c, dialect.ErrMalformed
	}
	c.OrderNumber = body.OrderNumber
	if operation != dialect.Refund {
		return c, nil
	}
	if body.RefundNumber == "" || body.TransactionID == "" || body.Amount <= 0 || body.Currency == "" {
		return c, dialect.ErrMalformed
	}
	c.TransactionID, c.Paid = body.TransactionID, body.Paid
	c.Refund = book.Refund{
		Number: body.RefundNumber, Key: body.RefundNumber, Content: body.Currency,
		Amount: body.Amount, Currency: body.Currency, Reason: body.Reason,
	}
	return c, nil
}

// signed tells whether the merchant signed the request, and now.
func (p *Provider) signed(r dialect.Request, now time.Time) bool {
	seconds, err := strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64)
	at := time.Unix(seconds, 0)
	if err != nil || now.Sub(at).Abs() > window || len(p.keys.API.secret) == 0 {
		return false
	}
	want := []byte(p.keys.API.Sign(r.Header.Get("Webhook-Id"), at, r.Body))
	return slices.ContainsFunc(strings.Fields(r.Header.Get("Webhook-Signature")), func(got string) bool {
		return hmac.Equal([]byte(got), want)
	})
}

type refundAnswer struct {
	RefundNumber string           `json:"refundNumber"`
	State        book.RefundState `json:"state"`
	Amount       int64            `json:"amount"`
	Currency     string           `json:"currency"`
	Reason       string           `json:"reason,omitempty"`
	RefundID     string           `json:"refundId,omitempty"`
}

type closeAnswer struct {
	OrderNumber string `json:"orderNumber"`
	State       string `json:"state"`
}

// Answer implements dialect.Dialect.
func (p *Provider) Answer(c dialect.Call, res dialect.Result, _ time.Time) (dialect.Reply, error) {
	switch {
	case errors.Is(res.Err, dialect.ErrUnsigned):
		return problem(http.StatusUnauthorized, res.Err)
	case errors.Is(res.Err, dialect.ErrMalformed):
		return problem(http.StatusBadRequest, res.Err)
	case errors.Is(res.Err, dialect.ErrNoRoute):
		return problem(http.StatusNotFound, res.Err)
	}
	switch c.Operation {
	case dialect.Refund, dialect.RefundQuery:
		return answerRefund(c, res)
	case dialect.Query:
		if res.Err != nil {
			return dialect.JSON(http.StatusOK, closeAnswer{OrderNumber: c.OrderNumber, State: "unknown"})
		}
		return dialect.JSON(http.StatusOK, paymentNotice(res.Payment()))
	case dialect.Close:
		state := "closed"
		switch {
		case errors.Is(res.Err, book.ErrPaid):
			state = "paid"
		case errors.Is(res.Err, book.ErrUnknownPayment):
			state = "unknown"
		}
		return dialect.JSON(http.StatusOK, closeAnswer{OrderNumber: c.OrderNumber, State: state})
	}
	return problem(http.StatusNotFound, dialect.ErrNoRoute)
}

// answerRefund tells the refund. One that the book refuses for good has failed; one of
// a payment that is not known says nothing about money.
func answerRefund(c dialect.Call, res dialect.Result) (dialect.Reply, error) {
	r := res.Refund()
	a := refundAnswer{
		RefundNumber: r.Number, State: r.State, Amount: r.Amount, Currency: r.Currency, Reason: r.Failure, RefundID: r.ID,
	}
	switch {
	case res.Err == nil:
	case errors.Is(res.Err, book.ErrUnknownPayment) || errors.Is(res.Err, book.ErrUnknownRefund):
		return problem(http.StatusNotFound, res.Err)
	case errors.Is(res.Err, book.ErrConflict):
		return problem(http.StatusConflict, res.Err)
	default:
		a = refundAnswer{
			RefundNumber: c.Refund.Number, State: book.RefundFailed,
			Amount: c.Refund.Amount, Currency: c.Refund.Currency, Reason: res.Err.Error(),
		}
	}
	return dialect.JSON(http.StatusOK, a)
}

func problem(status int, err error) (dialect.Reply, error) {
	return dialect.JSON(status, map[string]string{"error": fmt.Sprint(err)})
}
