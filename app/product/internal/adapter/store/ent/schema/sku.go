package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// SKU is one stock keeping unit with the pieces on hand.
type SKU struct{ ent.Schema }

// Annotations of the table. The check is the last line of defence: no statement,
// not even one typed by hand, takes stock below zero.
func (SKU) Annotations() []schema.Annotation {
	return []schema.Annotation{table("skus", map[string]string{
		"skus_stock_not_negative": "stock >= 0",
		"skus_price_positive":     "price > 0",
	})}
}

// Fields of a SKU.
func (SKU) Fields() []ent.Field {
	return []ent.Field{
		// Rows are always locked in ascending order of this number.
		field.Int64("id").Immutable(),
		field.String("code").MaxLen(64).Immutable(),
		field.String("product_id").MaxLen(32).Immutable(),
		// Minor units of the currency.
		field.Int64("price"),
		field.String("currency").MaxLen(3),
		field.Int64("stock"),
		// 0 means never low.
		field.Int64("low_water"),
	}
}

// Indexes of the table.
func (SKU) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("code").Unique().StorageKey("skus_code"),
		index.Fields("product_id").StorageKey("skus_product"),
	}
}
