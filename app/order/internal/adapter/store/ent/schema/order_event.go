package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// OrderEvent is one entry of an order's history. Rows are inserted, never changed.
type OrderEvent struct{ ent.Schema }

// Annotations of the table.
func (OrderEvent) Annotations() []schema.Annotation { return table("order_events", nil) }

// Fields of the table.
func (OrderEvent) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		word("order_number", 32),
		// 1, 2, 3 … within the order.
		field.Int64("sequence"),
		word("kind", 32),
		// Number of the payment or refund it is about.
		word("subject", 64),
		word("note", 500),
		// The order's after the change that the event is a part of.
		added("status", 16),
		when("created_at"),
	}
}

// Indexes of the table.
func (OrderEvent) Indexes() []ent.Index {
	return []ent.Index{index.Fields("order_number", "sequence").Unique()}
}
