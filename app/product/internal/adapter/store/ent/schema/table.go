package schema

import (
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
)

// table names the table and its CHECK constraints, which databases would otherwise
// name each in its own way.
//
// The collation compares bytes: "sku-a" and "SKU-A" are two codes.
func table(name string, checks map[string]string) schema.Annotation {
	return entsql.Annotation{
		Table:     name,
		Charset:   "utf8mb4",
		Collation: "utf8mb4_bin",
		Checks:    checks,
	}
}

// microseconds is the column type of every time. Ent's own choice on MySQL has
// whole seconds and ends in 2038.
var microseconds = map[string]string{dialect.MySQL: "datetime(6)"}
