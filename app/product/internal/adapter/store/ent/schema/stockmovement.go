package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// StockMovement is one row of the ledger. Rows are inserted and never changed: all
// fields are immutable.
type StockMovement struct{ ent.Schema }

// Annotations of the table.
func (StockMovement) Annotations() []schema.Annotation {
	return []schema.Annotation{table("stock_movements", map[string]string{
		"stock_movements_delta_not_zero":       "delta <> 0",
		"stock_movements_balance_not_negative": "balance >= 0",
		"stock_movements_kind_known":           "kind in ('opening', 'sale', 'release', 'restock', 'adjust')",
	})}
}

// Fields of a movement.
func (StockMovement) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id").Immutable(),
		field.Int64("sku_id").Immutable(),
		field.String("kind").MaxLen(16).Immutable(),
		// Order number, request id or product id, as the kind says.
		field.String("ref").MaxLen(64).Immutable(),
		field.Int64("delta").Immutable(),
		// The stock after this movement.
		field.Int64("balance").Immutable(),
		field.String("reason").MaxLen(200).Immutable(),
		// Who asked for a change; empty for sales and releases.
		field.String("by_whom").MaxLen(64).Default("").Immutable(),
		field.Time("created_at").SchemaType(microseconds).Immutable(),
	}
}

// Indexes of the table.
func (StockMovement) Indexes() []ent.Index {
	return []ent.Index{
		// At most one sale and one release per order and SKU, one change per request.
		// The reference comes first because a release looks for its order's sales.
		index.Fields("ref", "kind", "sku_id").Unique().StorageKey("stock_movements_ref_kind_sku"),
		// A SKU's ledger, newest first.
		index.Fields("sku_id", "id").StorageKey("stock_movements_sku"),
	}
}
