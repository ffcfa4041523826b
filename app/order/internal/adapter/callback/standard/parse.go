package standard

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// body is what a notice says. Unknown fields are ignored: providers add some.
type body struct {
	TransactionID string          `json:"transactionId"`
	OrderNumber   string          `json:"orderNumber"`
	Amount        json.RawMessage `json:"amount"` // minor units, an integer
	Currency      string          `json:"currency"`
	State         string          `json:"state"`
	PaidAt        string          `json:"paidAt"` // RFC 3339; may be missing
}

// paid is the only state that pays.
const paid = "paid"

var (
	integer  = regexp.MustCompile(`^[0-9]{1,19}$`)
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
)

// parse reads a verified body. Whatever it finds, it makes a notice.
func parse(raw []byte) domain.Notice {
	var b body
	if err := json.Unmarshal(raw, &b); err != nil {
		return unreadable(domain.Notice{}, "body: not the JSON object of a notice")
	}
	n := domain.Notice{State: b.State}
	if domain.ValidIdentifier(b.OrderNumber) {
		n.OrderNumber = b.OrderNumber
	}
	if domain.ValidIdentifier(b.TransactionID) {
		n.TransactionID = b.TransactionID
	}
	if b.State != paid {
		n.Verdict = domain.VerdictNotPaid
		return n
	}
	switch {
	case n.OrderNumber == "":
		return unreadable(n, "orderNumber: must be 1 to 255 visible ASCII characters")
	case n.TransactionID == "":
		return unreadable(n, "transactionId: must be 1 to 255 visible ASCII characters")
	case !currency.MatchString(b.Currency):
		return unreadable(n, "currency: must be three capital letters")
	}
	amount, err := minorUnits(b.Amount)
	if err != nil {
		return unreadable(n, "amount: "+err.Error())
	}
	n.Amount = domain.Money{Minor: amount, Currency: b.Currency}
	if n.PaidAt, err = paidAt(b.PaidAt); err != nil {
		return unreadable(n, "paidAt: "+err.Error())
	}
	return n
}

func unreadable(n domain.Notice, problem string) domain.Notice {
	n.Verdict = domain.VerdictUnreadable
	n.Problem = problem
	return n
}

// minorUnits reads a JSON integer above zero, exactly: no float, exponent or quotes.
func minorUnits(raw json.RawMessage) (int64, error) {
	if !integer.Match(raw) {
		return 0, errors.New("must be a JSON integer of minor units above zero")
	}
	amount, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || amount == 0 {
		return 0, fmt.Errorf("must be 1 to %d", int64(1<<63-1))
	}
	return amount, nil
}

// paidAt reads a time that every database can keep.
func paidAt(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 2000 || t.Year() > 9000 {
		return time.Time{}, errors.New("must be an RFC 3339 time after the year 2000")
	}
	return t.UTC().Truncate(time.Microsecond), nil
}
