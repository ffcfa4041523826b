-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_stock_movements" table
CREATE TABLE `new_stock_movements` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `sku_id` integer NOT NULL, `kind` text NOT NULL, `ref` text NOT NULL, `delta` integer NOT NULL, `balance` integer NOT NULL, `reason` text NOT NULL, `by_whom` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL, CONSTRAINT `stock_movements_balance_not_negative` CHECK (balance >= 0), CONSTRAINT `stock_movements_delta_not_zero` CHECK (delta <> 0), CONSTRAINT `stock_movements_kind_known` CHECK (kind in ('opening', 'sale', 'release', 'restock', 'adjust')));
-- copy rows from old table "stock_movements" to new temporary table "new_stock_movements"
INSERT INTO `new_stock_movements` (`id`, `sku_id`, `kind`, `ref`, `delta`, `balance`, `reason`, `created_at`) SELECT `id`, `sku_id`, `kind`, `ref`, `delta`, `balance`, `reason`, `created_at` FROM `stock_movements`;
-- drop "stock_movements" table after copying rows
DROP TABLE `stock_movements`;
-- rename temporary table "new_stock_movements" to "stock_movements"
ALTER TABLE `new_stock_movements` RENAME TO `stock_movements`;
-- create index "stock_movements_ref_kind_sku" to table: "stock_movements"
CREATE UNIQUE INDEX `stock_movements_ref_kind_sku` ON `stock_movements` (`ref`, `kind`, `sku_id`);
-- create index "stock_movements_sku" to table: "stock_movements"
CREATE INDEX `stock_movements_sku` ON `stock_movements` (`sku_id`, `id`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- Not undone: the tables were made anew.
