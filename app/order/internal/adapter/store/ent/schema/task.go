package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Task is work that one transaction left for another.
type Task struct{ ent.Schema }

// Annotations of the table.
func (Task) Annotations() []schema.Annotation { return table("tasks", nil) }

// Fields of the table.
func (Task) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		word("kind", 16),
		// What it is about: an order number or a refund number.
		word("ref", 255),
		// Which payment provider or target it waits for; empty where it makes no difference.
		added("lane", 16),
		word("state", 16),
		field.Int("attempt"),
		// When it is due; while claimed, when the claim ends.
		when("next_at"),
		// Of the last claim: only its holder may finish the task.
		word("token", 32),
		word("last_error", 500),
		when("created_at"),
		when("updated_at"),
	}
}

// Indexes of the table.
func (Task) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("kind", "ref").Unique(),
		// Lanes are apart: thousands of waiting refunds must not slow the search
		// for due deductions.
		index.Fields("state", "kind", "lane", "next_at"),
	}
}
