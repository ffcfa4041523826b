package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Deduction is the stored answer for one order. Its primary key decides which of
// several concurrent calls for an order is the first.
type Deduction struct{ ent.Schema }

// Annotations of the table.
func (Deduction) Annotations() []schema.Annotation {
	return []schema.Annotation{table("deductions", map[string]string{
		"deductions_outcome_known": "outcome in ('deducted', 'refused', 'released')",
	})}
}

// Fields of a deduction.
func (Deduction) Fields() []ent.Field {
	return []ent.Field{
		// The order number.
		field.String("id").StorageKey("order_number").MaxLen(32).Immutable(),
		// SHA-256 in hexadecimal; empty when released before any lines were known.
		field.String("fingerprint").MaxLen(64).Immutable(),
		field.String("outcome").MaxLen(16),
		// The refused lines as JSON text, else empty.
		field.Text("short_lines"),
		field.Time("created_at").SchemaType(microseconds).Immutable(),
		field.Time("updated_at").SchemaType(microseconds),
	}
}

// Indexes of the table.
func (Deduction) Indexes() []ent.Index {
	return []ent.Index{
		// For reconciliations that ask for what changed lately.
		index.Fields("updated_at").StorageKey("deductions_updated"),
	}
}
