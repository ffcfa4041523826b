// Package stripe says what the objects of Stripe's API mean in our words: the
// PaymentIntents and refunds that events carry and that the API answers with.
//
// Fields that are not named here are ignored, as Stripe asks: it adds some in every
// version (https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible).
package stripe

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

const (
	// OrderKey is the metadata key that holds the order number, unless configured otherwise.
	OrderKey = "order"
	// RefundKey is the metadata key that holds our number of a refund.
	RefundKey = "refund"
)

// Decode reads the JSON of an object. Numbers must be written as integers: 1.0, 1e3
// and "1" are errors. The error names the field and holds nothing of the content;
// fields besides it are read all the same.
func Decode(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	if err == nil {
		return nil
	}
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok || wrong.Field == "" {
		return errors.New("not the JSON object that Stripe documents")
	}
	if wrong.Type.Kind() == reflect.Int64 {
		return fmt.Errorf("%s: must be a JSON integer of 63 bits", wrong.Field)
	}
	return fmt.Errorf("%s: not of the JSON type that Stripe documents", wrong.Field)
}
