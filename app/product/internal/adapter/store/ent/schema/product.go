// Package schema says what the product service stores. The rest of ent/ and the
// files in ../../migrations are generated from it.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
)

// Product is something the shop sells.
type Product struct{ ent.Schema }

// Annotations of the table.
func (Product) Annotations() []schema.Annotation {
	return []schema.Annotation{table("products", nil)}
}

// Fields of a product.
func (Product) Fields() []ent.Field {
	return []ent.Field{
		// Sorted by time of creation, so lists are read along the primary key.
		field.String("id").MaxLen(32).Immutable(),
		field.String("name").MaxLen(200).Immutable(),
		field.Time("created_at").SchemaType(microseconds).Immutable(),
	}
}
