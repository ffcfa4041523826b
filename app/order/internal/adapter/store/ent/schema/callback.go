package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Callback is a verified notice as it arrived, what became of it and what was
// answered. Rows are inserted, never changed.
type Callback struct{ ent.Schema }

// Annotations of the table.
func (Callback) Annotations() []schema.Annotation { return table("callbacks", nil) }

// Fields of the table.
func (Callback) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		word("provider", 16),
		// The notice in our words, as far as it could be read.
		word("order_number", 255),
		word("transaction_id", 255),
		field.Int64("amount"),
		word("currency", 3),
		word("state", 64),
		field.Time("paid_at").Optional().Nillable().SchemaType(datetime),
		// What a notice about a refund says, in our words; empty when it is about a payment.
		added("refund_state", 16),
		added("refund_number", 64),
		added("refund_ref", 255),
		field.Bool("cumulative").Default(false),
		field.Bool("chargeback").Default(false),
		field.Bool("stuck").Default(false),
		added("refund_reason", 255),
		word("verdict", 16),
		word("problem", 255),
		// As it arrived: a JSON list of [name, value].
		field.Text("headers"),
		// Empty when an earlier row of this hash holds it.
		field.Bytes("body").Optional().Nillable().SchemaType(map[string]string{dialect.MySQL: "mediumblob"}),
		word("body_hash", 64),
		field.Int("answer_status"),
		word("answer_type", 64),
		word("answer_body", 255),
		// Which row's notice a person had judged again, who, and why. Such a row has no
		// headers and no answer: nothing arrived.
		field.Int64("replay_of").Default(0),
		added("replayed_by", 64),
		added("replay_reason", 255),
		when("created_at"),
	}
}

// Indexes of the table.
func (Callback) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("body_hash"),
		index.Fields("order_number"),
		index.Fields("created_at"), // retention
	}
}
