package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Order is the head of an order.
type Order struct{ ent.Schema }

// Annotations of the table.
func (Order) Annotations() []schema.Annotation {
	return table("orders", map[string]string{
		"orders_amount_positive": "amount > 0",
	})
}

// Fields of the table.
func (Order) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		word("number", 32),
		word("customer", 64),
		word("request_id", 64),
		// SHA-256 of what was asked for: the request id with other content is refused.
		word("request_hash", 64),
		word("provider", 16),
		word("status", 16),
		word("currency", 3),
		field.Int64("amount"),
		// Number of the winning payment; empty when unpaid.
		word("winner", 32),
		// Whether a refunding order's stock is back, or given up.
		field.Bool("stock_back").Default(false),
		// Counts updates: one that read an older row stores nothing.
		field.Int64("version"),
		// How many events the order has; the next one's sequence is one more.
		field.Int64("events"),
		when("created_at"),
		when("updated_at"),
		when("expires_at"),
	}
}

// Indexes of the table.
func (Order) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("number").Unique(),
		index.Fields("customer", "request_id").Unique(),
		index.Fields("status", "expires_at"), // unpaid orders to expire
		index.Fields("status", "number"),     // lists by status, newest first
		index.Fields("customer", "number"),   // a customer's own, newest first
		index.Fields("updated_at"),           // reconciliations of what changed lately
	}
}
