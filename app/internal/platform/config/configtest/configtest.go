// Package configtest has a configuration message for tests of the platform, which
// knows no service's own.
package configtest

import (
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// Bootstrap is a service's message: the platform's settings, and a section of its
// own with lists, all made at run time.
type Bootstrap struct{ *dynamicpb.Message }

func section[M proto.Message](b Bootstrap, name string, into M) M {
	fd := b.Descriptor().Fields().ByName(protoreflect.Name(name))
	data, err := proto.Marshal(b.Get(fd).Message().Interface())
	if err == nil {
		err = proto.Unmarshal(data, into)
	}
	if err != nil {
		panic(err)
	}
	return into
}

func (b Bootstrap) GetServer() *conf.Server       { return section(b, "server", &conf.Server{}) }
func (b Bootstrap) GetLog() *conf.Log             { return section(b, "log", &conf.Log{}) }
func (b Bootstrap) GetDatabase() *conf.Database   { return section(b, "database", &conf.Database{}) }
func (b Bootstrap) GetConsul() *conf.Consul       { return section(b, "consul", &conf.Consul{}) }
func (b Bootstrap) GetTelemetry() *conf.Telemetry { return section(b, "telemetry", &conf.Telemetry{}) }

// List reads a list of the own section.
func (b Bootstrap) List(name string) []string {
	own := b.Get(b.Descriptor().Fields().ByName("own")).Message()
	l := own.Get(own.Descriptor().Fields().ByName(protoreflect.Name(name))).List()
	var out []string
	for i := range l.Len() {
		out = append(out, l.Get(i).String())
	}
	return out
}

var descriptor = func() protoreflect.MessageDescriptor {
	file := &descriptorpb.FileDescriptorProto{}
	if err := prototext.Unmarshal([]byte(`name: "configtest.proto" syntax: "proto3" package: "configtest"
		dependency: "internal/platform/conf/conf.proto"
		message_type { name: "Item" field { name: "item_id" json_name: "itemId" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
			field { name: "not_after" json_name: "notAfter" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL } }
		message_type { name: "Own"
			field { name: "some_names" json_name: "someNames" number: 1 type: TYPE_STRING label: LABEL_REPEATED }
			field { name: "items" number: 2 type: TYPE_MESSAGE type_name: ".configtest.Item" label: LABEL_REPEATED } }
		message_type { name: "Bootstrap"
			field { name: "server" number: 1 type: TYPE_MESSAGE type_name: ".stockonce.platform.conf.Server" label: LABEL_OPTIONAL }
			field { name: "log" number: 2 type: TYPE_MESSAGE type_name: ".stockonce.platform.conf.Log" label: LABEL_OPTIONAL }
			field { name: "database" number: 3 type: TYPE_MESSAGE type_name: ".stockonce.platform.conf.Database" label: LABEL_OPTIONAL }
			field { name: "consul" number: 4 type: TYPE_MESSAGE type_name: ".stockonce.platform.conf.Consul" label: LABEL_OPTIONAL }
			field { name: "telemetry" number: 5 type: TYPE_MESSAGE type_name: ".stockonce.platform.conf.Telemetry" label: LABEL_OPTIONAL }
			field { name: "own" number: 6 type: TYPE_MESSAGE type_name: ".configtest.Own" label: LABEL_OPTIONAL } }`), file); err != nil {
		panic(err)
	}
	_ = conf.File_internal_platform_conf_conf_proto // registers what this one needs
	desc, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err != nil {
		panic(err)
	}
	return desc.Messages().ByName("Bootstrap")
}()

func New() Bootstrap { return Bootstrap{dynamicpb.NewMessage(descriptor)} }
