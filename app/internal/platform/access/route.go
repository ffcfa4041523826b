package access

import (
	"sync"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	accessv1 "github.com/stockonce/stockonce/api/access/v1"
)

// Operation returns the RPC, as in "/package.Service/Method", whose google.api.http
// option names the HTTP method and path, as in "/v1/things/{id}". Only RPCs with a
// rule are known.
func Operation(method, path string) (string, bool) {
	operation, ok := routes()[method+" "+path]
	return operation, ok
}

var routes = sync.OnceValue(func() map[string]string {
	found := map[string]string{}
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				method := service.Methods().Get(j)
				if !proto.HasExtension(method.Options(), accessv1.E_Rule) {
					continue
				}
				operation := "/" + string(service.FullName()) + "/" + string(method.Name())
				for _, route := range routesOf(method) {
					found[route] = operation
				}
			}
		}
		return true
	})
	return found
})

// routesOf lists a method's routes, as in "GET /v1/things/{id}".
func routesOf(method protoreflect.MethodDescriptor) []string {
	rule, ok := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	if !ok || rule == nil {
		return nil
	}
	var list []string
	for _, r := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
		switch p := r.GetPattern().(type) {
		case *annotations.HttpRule_Get:
			list = append(list, "GET "+p.Get)
		case *annotations.HttpRule_Put:
			list = append(list, "PUT "+p.Put)
		case *annotations.HttpRule_Post:
			list = append(list, "POST "+p.Post)
		case *annotations.HttpRule_Delete:
			list = append(list, "DELETE "+p.Delete)
		case *annotations.HttpRule_Patch:
			list = append(list, "PATCH "+p.Patch)
		}
	}
	return list
}
