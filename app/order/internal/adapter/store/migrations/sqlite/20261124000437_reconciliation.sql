-- +goose Up
-- create index "order_updated_at" to table: "orders"
CREATE INDEX `order_updated_at` ON `orders` (`updated_at`);
-- create "findings" table
CREATE TABLE `findings` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `kind` text NOT NULL, `ref` text NOT NULL, `order_number` text NOT NULL, `detail` text NOT NULL, `remedy` text NOT NULL, `first_seen` datetime NOT NULL, `last_seen` datetime NOT NULL, `resolved_at` datetime NULL, `resolved_by` text NOT NULL, `reason` text NOT NULL);
-- create index "finding_kind_ref" to table: "findings"
CREATE UNIQUE INDEX `finding_kind_ref` ON `findings` (`kind`, `ref`);
-- create index "finding_resolved_at_kind" to table: "findings"
CREATE INDEX `finding_resolved_at_kind` ON `findings` (`resolved_at`, `kind`);
-- create "leases" table
CREATE TABLE `leases` (`name` text NOT NULL, `holder` text NOT NULL, `ends_at` datetime NOT NULL, PRIMARY KEY (`name`));
-- create "reconciliation_passes" table
CREATE TABLE `reconciliation_passes` (`kind` text NOT NULL, `compared_until` datetime NOT NULL, `finished_at` datetime NOT NULL, PRIMARY KEY (`kind`));

-- +goose Down
-- reverse: create "reconciliation_passes" table
DROP TABLE `reconciliation_passes`;
-- reverse: create "leases" table
DROP TABLE `leases`;
-- reverse: create index "finding_resolved_at_kind" to table: "findings"
DROP INDEX `finding_resolved_at_kind`;
-- reverse: create index "finding_kind_ref" to table: "findings"
DROP INDEX `finding_kind_ref`;
-- reverse: create "findings" table
DROP TABLE `findings`;
-- reverse: create index "order_updated_at" to table: "orders"
DROP INDEX `order_updated_at`;
