// Openapi adds to an OpenAPI document who may call each operation, which the rule
// beside its RPC says:
//
//	buf build api -o - | openapi api/openapi.yaml
//
// It reads the contracts from standard input and changes the document in place. Done
// twice it changes nothing.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	accessv1 "github.com/stockonce/stockonce/api/access/v1"
)

func main() {
	if err := run(os.Args[1:], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(args []string, contracts io.Reader) error {
	if len(args) != 1 {
		return errors.New("name the document")
	}
	rules, err := read(contracts)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if err := annotate(document.Content[0], rules); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	if err := errors.Join(encoder.Encode(&document), encoder.Close()); err != nil {
		return err
	}
	return os.WriteFile(args[0], out.Bytes(), 0o644)
}

// read returns the rule of every RPC by its operation id, as in "Things_Get".
func read(contracts io.Reader) (map[string]*accessv1.Rule, error) {
	text, err := io.ReadAll(contracts)
	if err != nil {
		return nil, err
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("contracts: %w", err)
	}
	rules := map[string]*accessv1.Rule{}
	for _, file := range set.GetFile() {
		for _, service := range file.GetService() {
			for _, method := range service.GetMethod() {
				rule, ok := proto.GetExtension(method.GetOptions(), accessv1.E_Rule).(*accessv1.Rule)
				if !ok || rule == nil {
					rule = &accessv1.Rule{}
				}
				rules[service.GetName()+"_"+method.GetName()] = rule
			}
		}
	}
	return rules, nil
}

const scheme = `
bearer:
    type: http
    scheme: bearer
    bearerFormat: JWT
    description: Signed with RS256 or ES256 by an issuer that the service believes. A client certificate that it knows does as well.
`

// annotate adds what the rules say to all operations, and how callers prove who they
// are to the components.
func annotate(document *yaml.Node, rules map[string]*accessv1.Rule) error {
	paths, components := value(document, "paths"), value(document, "components")
	if paths == nil || components == nil {
		return errors.New("no paths or no components")
	}
	for i := 1; i < len(paths.Content); i += 2 {
		for operation := range operations(paths.Content[i]) {
			id := value(operation, "operationId")
			if id == nil || rules[id.Value] == nil {
				return fmt.Errorf("line %d: an operation of no RPC", operation.Line)
			}
			say(operation, rules[id.Value])
		}
	}
	var schemes yaml.Node
	if err := yaml.Unmarshal([]byte(scheme), &schemes); err != nil {
		return err
	}
	set(components, "securitySchemes", schemes.Content[0])
	return nil
}

// operations yields those of one path.
func operations(path *yaml.Node) func(func(*yaml.Node) bool) {
	return func(yield func(*yaml.Node) bool) {
		for i := 1; i < len(path.Content); i += 2 {
			if path.Content[i].Kind == yaml.MappingNode && !yield(path.Content[i]) {
				return
			}
		}
	}
}

// say writes the rule down for programs and for people.
func say(operation *yaml.Node, rule *accessv1.Rule) {
	if rule.GetPublic() {
		set(operation, "security", &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle})
		return
	}
	roles := &yaml.Node{Kind: yaml.SequenceNode}
	for _, r := range rule.GetRoles() {
		role := strings.ToLower(strings.TrimPrefix(r.String(), "ROLE_"))
		if r == accessv1.Role_ROLE_SERVICE && len(rule.GetServices()) > 0 {
			role += " " + strings.Join(rule.GetServices(), " or ")
		}
		roles.Content = append(roles.Content, text(role))
	}
	need := &yaml.Node{Kind: yaml.MappingNode}
	set(need, "bearer", &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle})
	set(operation, "security", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{need}})
	set(operation, "x-roles", roles)
}

func text(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

// value returns what a mapping has under a key, or nil.
func value(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// set gives a mapping a value under a key, in the place of the one there is.
func set(mapping *yaml.Node, key string, to *yaml.Node) {
	if old := value(mapping, key); old != nil {
		*old = *to
		return
	}
	mapping.Content = append(mapping.Content, text(key), to)
}
