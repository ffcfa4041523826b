package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Refund is money of a payment on its way back.
type Refund struct{ ent.Schema }

// Annotations of the table.
func (Refund) Annotations() []schema.Annotation {
	return table("refunds", map[string]string{
		"refunds_amount_positive": "amount > 0",
	})
}

// Fields of the table.
func (Refund) Fields() []ent.Field {
	return []ent.Field{
		// The payment's number and a sequence: the provider knows the refund by it.
		field.String("id").StorageKey("number").MaxLen(64).SchemaType(varchar(64)),
		word("payment", 32),
		field.Int64("amount"),
		word("currency", 3),
		word("source", 16),
		word("state", 16),
		word("reason", 255),
		// Who asked for it or settled it; empty for the service.
		added("by_whom", 64),
		// The provider's own id of it.
		added("provider_ref", 255),
		when("created_at"),
		when("updated_at"),
	}
}

// Indexes of the table.
func (Refund) Indexes() []ent.Index {
	return []ent.Index{index.Fields("payment"), index.Fields("state", "created_at")}
}
