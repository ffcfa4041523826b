package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// OrderLine is one SKU of an order.
type OrderLine struct{ ent.Schema }

// Annotations of the table.
func (OrderLine) Annotations() []schema.Annotation {
	return table("order_lines", map[string]string{
		"order_lines_quantity_positive": "quantity > 0",
	})
}

// Fields of the table.
func (OrderLine) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		field.Int64("order_id"),
		word("sku", 64),
		field.Int64("quantity"),
		field.Int64("unit_price"),
	}
}

// Indexes of the table.
func (OrderLine) Indexes() []ent.Index {
	return []ent.Index{index.Fields("order_id", "sku").Unique()}
}
