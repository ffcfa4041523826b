package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
)

// Pass is the last reconciliation of its kind that came to its end.
type Pass struct{ ent.Schema }

// Annotations of the table.
func (Pass) Annotations() []schema.Annotation {
	return table("reconciliation_passes", nil)
}

// Fields of the table.
func (Pass) Fields() []ent.Field {
	return []ent.Field{
		// incremental or full.
		field.String("id").StorageKey("kind").MaxLen(16).SchemaType(varchar(16)),
		// What changed before is compared; the next incremental pass goes on from here.
		when("compared_until"),
		when("finished_at"),
	}
}
