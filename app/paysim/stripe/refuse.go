package stripe

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

// fault is how Stripe says no.
// https://docs.stripe.com/api/errors
type fault struct {
	Error detail `json:"error"`
}

type detail struct {
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	Param   string `json:"param,omitempty"`
	Type    string `json:"type"`
}

const invalid = "invalid_request_error"

func refuse(c dialect.Call, res dialect.Result) (dialect.Reply, error) {
	say := func(status int, d detail) (dialect.Reply, error) { return dialect.JSON(status, fault{Error: d}) }
	pay := res.Payment()
	switch err := res.Err; {
	case errors.Is(err, dialect.ErrUnsigned):
		return say(http.StatusUnauthorized, detail{Type: invalid, Message: "Invalid API Key provided."})
	case errors.Is(err, dialect.ErrForeign):
		return say(http.StatusForbidden, detail{Type: invalid, Code: "account_invalid", Message: "The provided key does not have access to this account."})
	case errors.Is(err, dialect.ErrMalformed):
		return say(http.StatusBadRequest, detail{Type: invalid, Code: "parameter_invalid", Message: "Invalid parameters."})
	case errors.Is(err, dialect.ErrNoRoute):
		return say(http.StatusNotFound, detail{Type: invalid, Message: "Unrecognized request URL."})
	case errors.Is(err, book.ErrUnknownPayment):
		status, param := http.StatusNotFound, "intent"
		if c.Operation == dialect.Refund { // there it is a parameter, and not the resource
			status, param = http.StatusBadRequest, "payment_intent"
		}
		return say(status, detail{Type: invalid, Code: "resource_missing", Param: param, Message: fmt.Sprintf("No such payment_intent: '%s'", c.TransactionID)})
	case errors.Is(err, book.ErrUnknownRefund):
		return say(http.StatusNotFound, detail{Type: invalid, Code: "resource_missing", Param: "refund", Message: fmt.Sprintf("No such refund: '%s'", c.Refund.ID)})
	case errors.Is(err, book.ErrUnpaid):
		return say(http.StatusBadRequest, detail{Type: invalid, Message: fmt.Sprintf("This PaymentIntent (%s) does not have a successful charge to refund.", c.TransactionID)})
	case errors.Is(err, book.ErrPaid), errors.Is(err, book.ErrClosed):
		return say(http.StatusBadRequest, detail{Type: invalid, Code: "payment_intent_unexpected_state", Message: "You cannot cancel this PaymentIntent because of its status."})
	case errors.Is(err, book.ErrRefunded):
		return say(http.StatusBadRequest, detail{Type: invalid, Code: "charge_already_refunded", Message: fmt.Sprintf("Charge %s has already been refunded.", chargeID(book.Payment{TransactionID: c.TransactionID}))})
	case errors.Is(err, book.ErrExceeds):
		return say(http.StatusBadRequest, detail{Type: invalid, Param: "amount", Message: fmt.Sprintf("Refund amount (%d) is greater than unrefunded amount on charge (%d).", c.Refund.Amount, pay.Amount-pay.Refunded-pay.Refunding)})
	case errors.Is(err, book.ErrConflict):
		return say(http.StatusBadRequest, detail{Type: "idempotency_error", Message: "Keys for idempotent requests can only be used with the same parameters they were first used with."})
	}
	return say(http.StatusInternalServerError, detail{Type: "api_error", Message: "An unknown error occurred."})
}
