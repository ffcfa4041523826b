package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// merge lays the layers over each other, later ones on top. Mappings are merged,
// everything else is replaced, null takes back. The second result tells for every
// setting given which layer it came from.
func merge(layers []layer) (map[string]any, map[string]string) {
	values, origins := map[string]any{}, map[string]string{}
	for _, l := range layers {
		mergeInto(values, l.values, "", l.name, origins)
	}
	return values, origins
}

func mergeInto(to, from map[string]any, prefix, name string, origins map[string]string) {
	for key, value := range from {
		path := prefix + key
		fields, ok := value.(map[string]any)
		if !ok {
			maps.DeleteFunc(origins, func(p, _ string) bool { return within(p, path) })
			to[key], origins[path] = value, name
			continue
		}
		below, ok := to[key].(map[string]any)
		if !ok {
			below = map[string]any{}
			to[key] = below
			delete(origins, path)
		}
		mergeInto(below, fields, path+".", name, origins)
	}
}

// within tells whether a setting is the one named, or below it.
func within(path, named string) bool {
	rest, ok := strings.CutPrefix(path, named)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// changed lists the paths in which two configurations differ, sorted.
func changed(before, after proto.Message) []string {
	a, b := map[string]string{}, map[string]string{}
	flatten(before.ProtoReflect(), "", a)
	flatten(after.ProtoReflect(), "", b)
	var paths []string
	for path, value := range b {
		if old, ok := a[path]; !ok || old != value {
			paths = append(paths, path)
		}
	}
	for path := range a {
		if _, ok := b[path]; !ok {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// flatten lists a message's settings by path.
func flatten(m protoreflect.Message, prefix string, into map[string]string) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		path := prefix + fd.JSONName()
		switch {
		case nested(fd) && fd.IsList():
			for i := range v.List().Len() {
				flatten(v.List().Get(i).Message(), fmt.Sprintf("%s[%d].", path, i), into)
			}
		case nested(fd):
			into[path] = "" // present, even when nothing is below it
			flatten(v.Message(), path+".", into)
		default:
			one := m.New()
			one.Set(fd, v)
			data, _ := proto.MarshalOptions{Deterministic: true}.Marshal(one.Interface()) // of valid UTF-8, checked
			into[path] = string(data)
		}
		return true
	})
}
