-- +goose Up
-- create "deductions" table
CREATE TABLE `deductions` (`order_number` varchar(32) NOT NULL, `fingerprint` varchar(64) NOT NULL, `outcome` varchar(16) NOT NULL, `short_lines` longtext NOT NULL, `created_at` datetime(6) NOT NULL, `updated_at` datetime(6) NOT NULL, PRIMARY KEY (`order_number`), INDEX `deductions_updated` (`updated_at`), CONSTRAINT `deductions_outcome_known` CHECK (`outcome` in ('deducted','refused','released'))) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "products" table
CREATE TABLE `products` (`id` varchar(32) NOT NULL, `name` varchar(200) NOT NULL, `created_at` datetime(6) NOT NULL, PRIMARY KEY (`id`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "skus" table
CREATE TABLE `skus` (`id` bigint NOT NULL AUTO_INCREMENT, `code` varchar(64) NOT NULL, `product_id` varchar(32) NOT NULL, `price` bigint NOT NULL, `currency` varchar(3) NOT NULL, `stock` bigint NOT NULL, `low_water` bigint NOT NULL, PRIMARY KEY (`id`), UNIQUE INDEX `skus_code` (`code`), INDEX `skus_product` (`product_id`), CONSTRAINT `skus_price_positive` CHECK (`price` > 0), CONSTRAINT `skus_stock_not_negative` CHECK (`stock` >= 0)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "stock_movements" table
CREATE TABLE `stock_movements` (`id` bigint NOT NULL AUTO_INCREMENT, `sku_id` bigint NOT NULL, `kind` varchar(16) NOT NULL, `ref` varchar(64) NOT NULL, `delta` bigint NOT NULL, `balance` bigint NOT NULL, `reason` varchar(200) NOT NULL, `created_at` datetime(6) NOT NULL, PRIMARY KEY (`id`), UNIQUE INDEX `stock_movements_ref_kind_sku` (`ref`, `kind`, `sku_id`), INDEX `stock_movements_sku` (`sku_id`, `id`), CONSTRAINT `stock_movements_balance_not_negative` CHECK (`balance` >= 0), CONSTRAINT `stock_movements_delta_not_zero` CHECK (`delta` <> 0), CONSTRAINT `stock_movements_kind_known` CHECK (`kind` in ('opening','sale','release','restock','adjust'))) CHARSET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
-- reverse: create "stock_movements" table
DROP TABLE `stock_movements`;
-- reverse: create "skus" table
DROP TABLE `skus`;
-- reverse: create "products" table
DROP TABLE `products`;
-- reverse: create "deductions" table
DROP TABLE `deductions`;
