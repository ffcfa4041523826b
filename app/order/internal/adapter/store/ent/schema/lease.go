package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
)

// Lease is the right of one replica to do what only one may do at a time.
type Lease struct{ ent.Schema }

// Annotations of the table.
func (Lease) Annotations() []schema.Annotation { return table("leases", nil) }

// Fields of the table.
func (Lease) Fields() []ent.Field {
	return []ent.Field{
		// What it is for.
		field.String("id").StorageKey("name").MaxLen(64).SchemaType(varchar(64)),
		word("holder", 32),
		// By the database's clock; a lease that ran out is anybody's.
		when("ends_at"),
	}
}
