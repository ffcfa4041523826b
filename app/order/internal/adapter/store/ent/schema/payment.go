package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Payment is money that arrived. Rows are never deleted; only an orphan's or a
// mismatch's disposition changes.
type Payment struct{ ent.Schema }

// Annotations of the table.
func (Payment) Annotations() []schema.Annotation {
	return table("payments", map[string]string{
		"payments_amount_positive": "amount > 0",
	})
}

// Fields of the table.
func (Payment) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		word("number", 32),
		word("provider", 16),
		// The provider's identifiers may be longer than ours.
		word("transaction_id", 255),
		word("order_number", 255),
		field.Int64("amount"),
		word("currency", 3),
		word("disposition", 16),
		field.Time("paid_at").Optional().Nillable().SchemaType(datetime),
		when("created_at"),
	}
}

// Indexes of the table.
func (Payment) Indexes() []ent.Index {
	return []ent.Index{
		// The real defence against replays: signatures and time windows are the second.
		index.Fields("provider", "transaction_id").Unique(),
		index.Fields("number").Unique(),
		index.Fields("order_number"),
		index.Fields("disposition", "created_at"), // held ones
	}
}
