module github.com/stockonce/stockonce/tools/openapi

go 1.26.0

require (
	github.com/stockonce/stockonce/api v0.0.0
	go.yaml.in/yaml/v3 v3.0.5
	google.golang.org/protobuf v1.36.12
)

replace github.com/stockonce/stockonce/api => ../../api
