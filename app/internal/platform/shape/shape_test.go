package shape_test

import (
	"errors"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/stockonce/stockonce/app/internal/platform/shape"
)

// basket builds a message with lists, nesting and a map, whose fields have rules.
func basket(t *testing.T, text string) proto.Message {
	t.Helper()
	positive := &descriptorpb.FieldOptions{}
	proto.SetExtension(positive, validate.E_Field, &validate.FieldRules{Type: &validate.FieldRules_Int64{
		Int64: &validate.Int64Rules{GreaterThan: &validate.Int64Rules_Gt{Gt: 0}},
	}})
	values := &descriptorpb.FieldOptions{}
	proto.SetExtension(values, validate.E_Field, &validate.FieldRules{Type: &validate.FieldRules_Map{
		Map: &validate.MapRules{Values: proto.GetExtension(positive, validate.E_Field).(*validate.FieldRules)},
	}})
	file := &descriptorpb.FileDescriptorProto{}
	if err := prototext.Unmarshal([]byte(`name: "basket.proto" syntax: "proto3" package: "shapetest"
		message_type { name: "Line" field { name: "unit_price" number: 1 type: TYPE_INT64 label: LABEL_OPTIONAL } }
		message_type { name: "Basket"
			field { name: "open_lines" number: 1 type: TYPE_MESSAGE type_name: ".shapetest.Line" label: LABEL_REPEATED }
			field { name: "by_name" number: 2 type: TYPE_MESSAGE type_name: ".shapetest.Basket.ByNameEntry" label: LABEL_REPEATED }
			nested_type { name: "ByNameEntry" options { map_entry: true }
				field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
				field { name: "value" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL } } }`), file); err != nil {
		t.Fatal(err)
	}
	file.MessageType[0].Field[0].Options = positive
	file.MessageType[1].Field[1].Options = values
	desc, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	msg := dynamicpb.NewMessage(desc.Messages().ByName(protoreflect.Name("Basket")))
	if err := prototext.Unmarshal([]byte(text), msg); err != nil {
		t.Fatal(err)
	}
	return msg
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"a valid message passes", `open_lines { unit_price: 1 } by_name { key: "a" value: 1 }`, ""},
		{"a field in a list is named with its index", `open_lines { unit_price: 1 } open_lines { unit_price: -5 }`, "openLines[1].unitPrice: must be greater than 0"},
		{"a value of a map is named with its key", `by_name { key: "a b" value: -5 }`, `byName["a b"]: must be greater than 0`},
		{"every broken rule is named", `open_lines {} open_lines {}`, "openLines[0].unitPrice: must be greater than 0; openLines[1].unitPrice: must be greater than 0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := shape.Check(basket(t, tc.text))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	t.Run("the text stays readable when everything is wrong", func(t *testing.T) {
		err := shape.Check(basket(t, strings.Repeat("open_lines {} ", 500)))
		broken, ok := errors.AsType[*shape.Error](err)
		if !ok || len(broken.Violations) != 500 || !strings.HasSuffix(err.Error(), "; and 490 more") {
			t.Errorf("got %v", err)
		}
	})
}
