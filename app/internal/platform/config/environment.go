package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	envPrefix = "STOCKONCE_"
	// envSecrets are variables that the configuration names, not settings.
	envSecrets = "STOCKONCE_SECRET_"
	// envLayer is what the environment is called where a setting came from.
	envLayer = "environment"
)

// environment reads the settings that environ, as of os.Environ, holds. A setting's
// variable is its path: server.http.addr is STOCKONCE_SERVER_HTTP_ADDR. Lists are
// separated by commas; what lists of messages hold cannot be set.
func environment(environ []string, md protoreflect.MessageDescriptor) (layer, error) {
	known := variables(md, envPrefix, nil)
	values := map[string]any{}
	var errs []error
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, envPrefix) || strings.HasPrefix(name, envSecrets) {
			continue
		}
		path, ok := known[name]
		if !ok {
			errs = append(errs, fmt.Errorf("%s: there is no such setting", name))
			continue
		}
		leaf := path[len(path)-1]
		value, err := checkField(fromText(text, leaf), leaf, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		into := values
		for _, fd := range path[:len(path)-1] {
			next, ok := into[fd.JSONName()].(map[string]any)
			if !ok {
				next = map[string]any{}
				into[fd.JSONName()] = next
			}
			into = next
		}
		into[leaf.JSONName()] = value
	}
	return layer{envLayer, values}, errors.Join(errs...)
}

// variables lists every variable with the fields that lead to its setting.
func variables(md protoreflect.MessageDescriptor, prefix string, path []protoreflect.FieldDescriptor) map[string][]protoreflect.FieldDescriptor {
	found := map[string][]protoreflect.FieldDescriptor{}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		name := prefix + strings.ToUpper(string(fd.Name()))
		here := append(slices.Clone(path), fd)
		switch {
		case fd.IsMap(), fd.IsList() && nested(fd):
		case nested(fd):
			maps.Copy(found, variables(fd.Message(), name+"_", here))
		default:
			found[name] = here
		}
	}
	return found
}

// fromText gives text the type that protojson wants for the field. What it cannot
// convert stays text and fails the field's check.
func fromText(text string, fd protoreflect.FieldDescriptor) any {
	if fd.IsList() {
		items := []any{}
		if text != "" {
			for item := range strings.SplitSeq(text, ",") {
				items = append(items, scalarFromText(strings.TrimSpace(item), fd))
			}
		}
		return items
	}
	return scalarFromText(text, fd)
}

func scalarFromText(text string, fd protoreflect.FieldDescriptor) any {
	if fd.Kind() == protoreflect.BoolKind {
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	}
	return text
}
