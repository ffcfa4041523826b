// Package shape checks messages against the protovalidate rules of their .proto.
package shape

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxShown bounds how many broken rules an Error's text lists.
const maxShown = 10

// Violation is one broken rule.
type Violation struct {
	// Path is the field in JSON names, as in lines[0].unitPrice; empty when the rule
	// is the whole message's.
	Path string
	// Rule says what was asked. It does not hold the field's value.
	Rule string
}

// Error lists the rules that a message breaks.
type Error struct{ Violations []Violation }

func (e *Error) Error() string {
	var texts []string
	for i, v := range e.Violations {
		if i == maxShown {
			texts = append(texts, fmt.Sprintf("and %d more", len(e.Violations)-i))
			break
		}
		if v.Path != "" {
			v.Rule = v.Path + ": " + v.Rule
		}
		texts = append(texts, v.Rule)
	}
	return strings.Join(texts, "; ")
}

// Check returns an *Error when msg breaks rules, another error when the rules
// themselves are wrong. It is safe for concurrent use.
func Check(msg proto.Message) error {
	err := protovalidate.Validate(msg)
	if err == nil {
		return nil
	}
	broken, ok := errors.AsType[*protovalidate.ValidationError](err)
	if !ok {
		return fmt.Errorf("rules of %s: %w", msg.ProtoReflect().Descriptor().FullName(), err)
	}
	e := &Error{}
	for _, v := range broken.Violations {
		rule := v.Proto.GetMessage()
		if rule == "" {
			rule = "breaks the rule " + v.Proto.GetRuleId()
		}
		e.Violations = append(e.Violations, Violation{
			Path: path(msg.ProtoReflect().Descriptor(), v.Proto.GetField()),
			Rule: rule,
		})
	}
	return e
}

// path spells a field path in JSON names.
func path(in protoreflect.MessageDescriptor, field *validate.FieldPath) string {
	var b strings.Builder
	for _, e := range field.GetElements() {
		name := e.GetFieldName()
		var next protoreflect.MessageDescriptor
		if in != nil {
			if fd := in.Fields().ByNumber(protoreflect.FieldNumber(e.GetFieldNumber())); fd != nil {
				name, next = fd.JSONName(), fd.Message()
				if fd.IsMap() {
					next = fd.MapValue().Message()
				}
			}
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(name)
		switch e.GetSubscript().(type) {
		case *validate.FieldPathElement_Index:
			fmt.Fprintf(&b, "[%d]", e.GetIndex())
		case *validate.FieldPathElement_StringKey:
			b.WriteString("[" + strconv.Quote(e.GetStringKey()) + "]")
		case *validate.FieldPathElement_IntKey:
			fmt.Fprintf(&b, "[%d]", e.GetIntKey())
		case *validate.FieldPathElement_UintKey:
			fmt.Fprintf(&b, "[%d]", e.GetUintKey())
		case *validate.FieldPathElement_BoolKey:
			fmt.Fprintf(&b, "[%t]", e.GetBoolKey())
		}
		in = next
	}
	return b.String()
}
