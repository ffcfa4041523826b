-- +goose Up
-- modify "orders" table
ALTER TABLE `orders` ADD INDEX `order_updated_at` (`updated_at`);
-- create "findings" table
CREATE TABLE `findings` (`id` bigint NOT NULL AUTO_INCREMENT, `kind` varchar(32) NOT NULL, `ref` varchar(255) NOT NULL, `order_number` varchar(255) NOT NULL, `detail` varchar(500) NOT NULL, `remedy` varchar(16) NOT NULL, `first_seen` datetime(6) NOT NULL, `last_seen` datetime(6) NOT NULL, `resolved_at` datetime(6) NULL, `resolved_by` varchar(64) NOT NULL, `reason` varchar(255) NOT NULL, PRIMARY KEY (`id`), UNIQUE INDEX `finding_kind_ref` (`kind`, `ref`), INDEX `finding_resolved_at_kind` (`resolved_at`, `kind`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "leases" table
CREATE TABLE `leases` (`name` varchar(64) NOT NULL, `holder` varchar(32) NOT NULL, `ends_at` datetime(6) NOT NULL, PRIMARY KEY (`name`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "reconciliation_passes" table
CREATE TABLE `reconciliation_passes` (`kind` varchar(16) NOT NULL, `compared_until` datetime(6) NOT NULL, `finished_at` datetime(6) NOT NULL, PRIMARY KEY (`kind`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
-- reverse: create "reconciliation_passes" table
DROP TABLE `reconciliation_passes`;
-- reverse: create "leases" table
DROP TABLE `leases`;
-- reverse: create "findings" table
DROP TABLE `findings`;
-- reverse: modify "orders" table
ALTER TABLE `orders` DROP INDEX `order_updated_at`;
