package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// layer is one source's settings, checked field by field, under JSON names.
type layer struct {
	name   string
	values map[string]any
}

// parse reads a YAML (or JSON) document for the message md. Its errors name the
// setting and never repeat a value: a value may be a secret.
func parse(name string, data []byte, md protoreflect.MessageDescriptor) (layer, error) {
	values, err := decodeYAML(data)
	if err == nil {
		values, err = check(values, md, "")
	}
	if err == nil {
		err = refusePassword(values)
	}
	if err != nil {
		return layer{}, fmt.Errorf("%s: %w", name, err)
	}
	return layer{name, values}, nil
}

func decodeYAML(data []byte) (map[string]any, error) {
	var doc yaml.Node
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return map[string]any{}, nil
	case err != nil:
		return nil, position(err)
	}
	if err := dec.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("holds more than one document")
	}
	timesAsText(&doc)
	var values map[string]any
	if err := doc.Decode(&values); err != nil {
		return nil, position(err)
	}
	return values, nil
}

// position keeps what a YAML error says about lines; the rest may quote values.
func position(err error) error {
	for line := range strings.Lines(err.Error()) {
		if _, at, ok := strings.Cut(line, "line "); ok {
			number, _, _ := strings.Cut(at, ":")
			return fmt.Errorf("line %s: not valid YAML, or a key given twice", number)
		}
	}
	return errors.New("not a YAML mapping")
}

// timesAsText keeps YAML from making times of what protojson wants as text.
func timesAsText(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, c := range n.Content {
		timesAsText(c)
	}
}

// check spells the keys of values in JSON names and makes sure that every key is a
// field of md and every value one that the field can hold.
func check(values map[string]any, md protoreflect.MessageDescriptor, prefix string) (map[string]any, error) {
	out := make(map[string]any, len(values))
	for key, value := range values {
		fd := md.Fields().ByJSONName(key)
		if fd == nil {
			fd = md.Fields().ByTextName(key)
		}
		if fd == nil {
			return nil, fmt.Errorf("%s%s: unknown setting", prefix, key)
		}
		name := fd.JSONName()
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("%s%s: given twice", prefix, name)
		}
		checked, err := checkField(value, fd, prefix+name)
		if err != nil {
			return nil, err
		}
		out[name] = checked
	}
	return out, nil
}

func checkField(value any, fd protoreflect.FieldDescriptor, path string) (any, error) {
	switch {
	case value == nil:
		return nil, nil //nolint:nilnil // null takes back what an earlier layer set
	case nested(fd) && fd.IsList():
		items, ok := value.([]any)
		if !ok {
			return nil, fmt.Errorf("%s: not a list", path)
		}
		out := make([]any, len(items))
		for i, item := range items {
			at := fmt.Sprintf("%s[%d]", path, i)
			fields, ok := item.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("%s: not a mapping", at)
			}
			checked, err := check(fields, fd.Message(), at+".")
			if err != nil {
				return nil, err
			}
			out[i] = checked
		}
		return out, nil
	case nested(fd):
		fields, ok := value.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s: not a mapping", path)
		}
		return check(fields, fd.Message(), path+".")
	}
	one, err := json.Marshal(map[string]any{fd.JSONName(): value})
	if err == nil {
		err = protojson.Unmarshal(one, dynamicpb.NewMessage(fd.ContainingMessage()))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: not a valid %s", path, kind(fd))
	}
	return value, nil
}

// nested tells whether a field holds settings of its own. Durations and the like
// are messages too, but written as one value.
func nested(fd protoreflect.FieldDescriptor) bool {
	return fd.Message() != nil && !fd.IsMap() && fd.Message().ParentFile().Package() != "google.protobuf"
}

func kind(fd protoreflect.FieldDescriptor) string {
	name := fd.Kind().String()
	if m := fd.Message(); m != nil {
		name = strings.ToLower(string(m.Name()))
		if name == "duration" {
			name += `, as in "2.5s"`
		}
	}
	if fd.IsList() {
		return "list of " + name
	}
	return name
}

// refusePassword keeps passwords out of files and KV, which more eyes see than
// should see them.
func refusePassword(values map[string]any) error {
	database, _ := values["database"].(map[string]any)
	dsn, _ := database["dsn"].(string)
	// user:password@net(address)/name, where the password may hold anything.
	server := dsn[:max(strings.LastIndexByte(dsn, '/'), 0)]
	user := server[:max(strings.LastIndexByte(server, '@'), 0)]
	if _, password, _ := strings.Cut(user, ":"); password != "" {
		return errors.New("database.dsn: must not hold a password here; put it into a file named by " +
			"database.passwordFile, or give the whole DSN by the environment variable STOCKONCE_DATABASE_DSN")
	}
	return nil
}
