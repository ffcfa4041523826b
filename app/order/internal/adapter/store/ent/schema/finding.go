package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Finding is where our books and product's disagree. Rows are never deleted: what was
// found once stays, resolved.
type Finding struct{ ent.Schema }

// Annotations of the table.
func (Finding) Annotations() []schema.Annotation { return table("findings", nil) }

// Fields of the table.
func (Finding) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		word("kind", 32),
		// What is damaged, as its kind says: an order's or payment's number, a SKU, a task.
		word("ref", 255),
		// Empty when it is about no order.
		word("order_number", 255),
		word("detail", 500),
		// What would repair it; empty when only a person can.
		word("remedy", 16),
		when("first_seen"),
		when("last_seen"),
		field.Time("resolved_at").Optional().Nillable().SchemaType(datetime),
		// The person who settled it; empty when a later pass found it in order.
		word("resolved_by", 64),
		word("reason", 255),
	}
}

// Indexes of the table.
func (Finding) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("kind", "ref").Unique(),
		index.Fields("resolved_at", "kind"), // open ones, and their count for the metric
	}
}
