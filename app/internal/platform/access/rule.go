package access

import (
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	accessv1 "github.com/stockonce/stockonce/api/access/v1"
)

// rules remembers the rules of methods. There are as many entries as methods and
// routes: no caller can add one.
type rules struct{ known sync.Map }

// of returns the rule of an operation, as in "/package.Service/Method". What has none
// gets one that nobody satisfies.
func (r *rules) of(operation string) *accessv1.Rule {
	known, _ := r.known.Load(operation)
	if rule, ok := known.(*accessv1.Rule); ok {
		return rule
	}
	rule := &accessv1.Rule{}
	name := strings.ReplaceAll(strings.TrimPrefix(operation, "/"), "/", ".")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	if method, ok := found.(protoreflect.MethodDescriptor); ok && err == nil {
		rule = ruleOf(method)
	}
	r.known.Store(operation, rule)
	return rule
}

// ruleOf reads the option beside the method.
func ruleOf(method protoreflect.MethodDescriptor) *accessv1.Rule {
	if rule, ok := proto.GetExtension(method.Options(), accessv1.E_Rule).(*accessv1.Rule); ok && rule != nil {
		return rule
	}
	return &accessv1.Rule{}
}

// admitting returns those of the identity's roles by which the rule lets it in.
func admitting(rule *accessv1.Rule, id Identity) []Role {
	var by []Role
	for _, r := range rule.GetRoles() {
		role := toRole(r)
		named := role != Service || len(rule.GetServices()) == 0 || slices.Contains(rule.GetServices(), id.Subject)
		if named && slices.Contains(id.Roles, role) {
			by = append(by, role)
		}
	}
	return by
}

// describe tells who may, as in "operator, service order".
func describe(rule *accessv1.Rule) string {
	var who []string
	for _, r := range rule.GetRoles() {
		role := string(toRole(r))
		if r == accessv1.Role_ROLE_SERVICE && len(rule.GetServices()) > 0 {
			role += " " + strings.Join(rule.GetServices(), " or ")
		}
		who = append(who, role)
	}
	if len(who) == 0 {
		return "nobody"
	}
	return strings.Join(who, ", ")
}

// toRole converts by name: the enum's words in small letters are the configuration's
// and the tokens'.
func toRole(r accessv1.Role) Role {
	return Role(strings.ToLower(strings.TrimPrefix(r.String(), "ROLE_")))
}
