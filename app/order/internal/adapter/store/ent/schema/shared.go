// Package schema describes the order service's tables. It is the only hand-written
// part of ent; migrations are generated from it.
package schema

import (
	"fmt"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
)

// table names a table and says its collation: identifiers differ by case, and
// MySQL's default collation would take `a` and `A` for one.
func table(name string, checks map[string]string) []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: name, Charset: "utf8mb4", Collation: "utf8mb4_bin", Checks: checks,
	}}
}

// datetime is a UTC time with microseconds. Ent's own choice on MySQL is a timestamp
// without fractions that ends in 2038.
var datetime = map[string]string{dialect.MySQL: "datetime(6)"}

func when(name string) ent.Field { return field.Time(name).SchemaType(datetime) }

// word is a text of at most so many characters.
func word(name string, length int) ent.Field {
	return field.String(name).MaxLen(length).SchemaType(varchar(length))
}

// added is a word that tables got later: older rows have none.
func added(name string, length int) ent.Field {
	return field.String(name).MaxLen(length).SchemaType(varchar(length)).Default("")
}

func varchar(length int) map[string]string {
	return map[string]string{dialect.MySQL: fmt.Sprintf("varchar(%d)", length)}
}
