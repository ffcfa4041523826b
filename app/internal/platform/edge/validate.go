package edge

import (
	"errors"

	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/shape"
)

// Validate checks msg against the rules of its .proto. The error is a Kratos 400
// INVALID_ARGUMENT and names, for each broken rule, the field by its path in JSON
// and what the rule asks, as in "lines[0].quantity: must be greater than 0".
func Validate(msg proto.Message) error {
	err := shape.Check(msg)
	if broken, ok := errors.AsType[*shape.Error](err); ok {
		return invalid("%s", broken.Error())
	}
	return err
}
