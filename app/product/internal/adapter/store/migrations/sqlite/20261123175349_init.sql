-- +goose Up
-- create "deductions" table
CREATE TABLE `deductions` (`order_number` text NOT NULL, `fingerprint` text NOT NULL, `outcome` text NOT NULL, `short_lines` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, PRIMARY KEY (`order_number`), CONSTRAINT `deductions_outcome_known` CHECK (outcome in ('deducted', 'refused', 'released')));
-- create index "deductions_updated" to table: "deductions"
CREATE INDEX `deductions_updated` ON `deductions` (`updated_at`);
-- create "products" table
CREATE TABLE `products` (`id` text NOT NULL, `name` text NOT NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create "skus" table
CREATE TABLE `skus` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `code` text NOT NULL, `product_id` text NOT NULL, `price` integer NOT NULL, `currency` text NOT NULL, `stock` integer NOT NULL, `low_water` integer NOT NULL, CONSTRAINT `skus_price_positive` CHECK (price > 0), CONSTRAINT `skus_stock_not_negative` CHECK (stock >= 0));
-- create index "skus_code" to table: "skus"
CREATE UNIQUE INDEX `skus_code` ON `skus` (`code`);
-- create index "skus_product" to table: "skus"
CREATE INDEX `skus_product` ON `skus` (`product_id`);
-- create "stock_movements" table
CREATE TABLE `stock_movements` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `sku_id` integer NOT NULL, `kind` text NOT NULL, `ref` text NOT NULL, `delta` integer NOT NULL, `balance` integer NOT NULL, `reason` text NOT NULL, `created_at` datetime NOT NULL, CONSTRAINT `stock_movements_balance_not_negative` CHECK (balance >= 0), CONSTRAINT `stock_movements_delta_not_zero` CHECK (delta <> 0), CONSTRAINT `stock_movements_kind_known` CHECK (kind in ('opening', 'sale', 'release', 'restock', 'adjust')));
-- create index "stock_movements_ref_kind_sku" to table: "stock_movements"
CREATE UNIQUE INDEX `stock_movements_ref_kind_sku` ON `stock_movements` (`ref`, `kind`, `sku_id`);
-- create index "stock_movements_sku" to table: "stock_movements"
CREATE INDEX `stock_movements_sku` ON `stock_movements` (`sku_id`, `id`);

-- +goose Down
-- reverse: create index "stock_movements_sku" to table: "stock_movements"
DROP INDEX `stock_movements_sku`;
-- reverse: create index "stock_movements_ref_kind_sku" to table: "stock_movements"
DROP INDEX `stock_movements_ref_kind_sku`;
-- reverse: create "stock_movements" table
DROP TABLE `stock_movements`;
-- reverse: create index "skus_product" to table: "skus"
DROP INDEX `skus_product`;
-- reverse: create index "skus_code" to table: "skus"
DROP INDEX `skus_code`;
-- reverse: create "skus" table
DROP TABLE `skus`;
-- reverse: create "products" table
DROP TABLE `products`;
-- reverse: create index "deductions_updated" to table: "deductions"
DROP INDEX `deductions_updated`;
-- reverse: create "deductions" table
DROP TABLE `deductions`;
