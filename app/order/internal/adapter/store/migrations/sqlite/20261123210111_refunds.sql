-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_callbacks" table
CREATE TABLE `new_callbacks` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `provider` text NOT NULL, `order_number` text NOT NULL, `transaction_id` text NOT NULL, `amount` integer NOT NULL, `currency` text NOT NULL, `state` text NOT NULL, `paid_at` datetime NULL, `refund_state` text NOT NULL DEFAULT (''), `refund_number` text NOT NULL DEFAULT (''), `refund_ref` text NOT NULL DEFAULT (''), `cumulative` bool NOT NULL DEFAULT (false), `verdict` text NOT NULL, `problem` text NOT NULL, `headers` text NOT NULL, `body` blob NULL, `body_hash` text NOT NULL, `answer_status` integer NOT NULL, `answer_type` text NOT NULL, `answer_body` text NOT NULL, `created_at` datetime NOT NULL);
-- copy rows from old table "callbacks" to new temporary table "new_callbacks"
INSERT INTO `new_callbacks` (`id`, `provider`, `order_number`, `transaction_id`, `amount`, `currency`, `state`, `paid_at`, `verdict`, `problem`, `headers`, `body`, `body_hash`, `answer_status`, `answer_type`, `answer_body`, `created_at`) SELECT `id`, `provider`, `order_number`, `transaction_id`, `amount`, `currency`, `state`, `paid_at`, `verdict`, `problem`, `headers`, `body`, `body_hash`, `answer_status`, `answer_type`, `answer_body`, `created_at` FROM `callbacks`;
-- drop "callbacks" table after copying rows
DROP TABLE `callbacks`;
-- rename temporary table "new_callbacks" to "callbacks"
ALTER TABLE `new_callbacks` RENAME TO `callbacks`;
-- create index "callback_body_hash" to table: "callbacks"
CREATE INDEX `callback_body_hash` ON `callbacks` (`body_hash`);
-- create index "callback_order_number" to table: "callbacks"
CREATE INDEX `callback_order_number` ON `callbacks` (`order_number`);
-- create index "callback_created_at" to table: "callbacks"
CREATE INDEX `callback_created_at` ON `callbacks` (`created_at`);
-- create "new_orders" table
CREATE TABLE `new_orders` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `number` text NOT NULL, `customer` text NOT NULL, `request_id` text NOT NULL, `request_hash` text NOT NULL, `provider` text NOT NULL, `status` text NOT NULL, `currency` text NOT NULL, `amount` integer NOT NULL, `winner` text NOT NULL, `stock_back` bool NOT NULL DEFAULT (false), `version` integer NOT NULL, `events` integer NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `expires_at` datetime NOT NULL, CONSTRAINT `orders_amount_positive` CHECK (amount > 0));
-- copy rows from old table "orders" to new temporary table "new_orders"
INSERT INTO `new_orders` (`id`, `number`, `customer`, `request_id`, `request_hash`, `provider`, `status`, `currency`, `amount`, `winner`, `version`, `events`, `created_at`, `updated_at`, `expires_at`) SELECT `id`, `number`, `customer`, `request_id`, `request_hash`, `provider`, `status`, `currency`, `amount`, `winner`, `version`, `events`, `created_at`, `updated_at`, `expires_at` FROM `orders`;
-- drop "orders" table after copying rows
DROP TABLE `orders`;
-- rename temporary table "new_orders" to "orders"
ALTER TABLE `new_orders` RENAME TO `orders`;
-- create index "order_number" to table: "orders"
CREATE UNIQUE INDEX `order_number` ON `orders` (`number`);
-- create index "order_customer_request_id" to table: "orders"
CREATE UNIQUE INDEX `order_customer_request_id` ON `orders` (`customer`, `request_id`);
-- create index "order_status_expires_at" to table: "orders"
CREATE INDEX `order_status_expires_at` ON `orders` (`status`, `expires_at`);
-- create index "order_status_number" to table: "orders"
CREATE INDEX `order_status_number` ON `orders` (`status`, `number`);
-- create "new_order_events" table
CREATE TABLE `new_order_events` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `order_number` text NOT NULL, `sequence` integer NOT NULL, `kind` text NOT NULL, `subject` text NOT NULL, `note` text NOT NULL, `status` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL);
-- copy rows from old table "order_events" to new temporary table "new_order_events"
INSERT INTO `new_order_events` (`id`, `order_number`, `sequence`, `kind`, `subject`, `note`, `created_at`) SELECT `id`, `order_number`, `sequence`, `kind`, `subject`, `note`, `created_at` FROM `order_events`;
-- drop "order_events" table after copying rows
DROP TABLE `order_events`;
-- rename temporary table "new_order_events" to "order_events"
ALTER TABLE `new_order_events` RENAME TO `order_events`;
-- create index "orderevent_order_number_sequence" to table: "order_events"
CREATE UNIQUE INDEX `orderevent_order_number_sequence` ON `order_events` (`order_number`, `sequence`);
-- create index "payment_disposition_created_at" to table: "payments"
CREATE INDEX `payment_disposition_created_at` ON `payments` (`disposition`, `created_at`);
-- create "new_refunds" table
CREATE TABLE `new_refunds` (`number` text NOT NULL, `payment` text NOT NULL, `amount` integer NOT NULL, `currency` text NOT NULL, `source` text NOT NULL, `state` text NOT NULL, `reason` text NOT NULL, `by_whom` text NOT NULL DEFAULT (''), `provider_ref` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, PRIMARY KEY (`number`), CONSTRAINT `refunds_amount_positive` CHECK (amount > 0));
-- copy rows from old table "refunds" to new temporary table "new_refunds"
INSERT INTO `new_refunds` (`number`, `payment`, `amount`, `currency`, `source`, `state`, `reason`, `created_at`, `updated_at`) SELECT `number`, `payment`, `amount`, `currency`, `source`, `state`, `reason`, `created_at`, `updated_at` FROM `refunds`;
-- drop "refunds" table after copying rows
DROP TABLE `refunds`;
-- rename temporary table "new_refunds" to "refunds"
ALTER TABLE `new_refunds` RENAME TO `refunds`;
-- create index "refund_payment" to table: "refunds"
CREATE INDEX `refund_payment` ON `refunds` (`payment`);
-- create index "refund_state_created_at" to table: "refunds"
CREATE INDEX `refund_state_created_at` ON `refunds` (`state`, `created_at`);
-- create "new_tasks" table
CREATE TABLE `new_tasks` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `kind` text NOT NULL, `ref` text NOT NULL, `lane` text NOT NULL DEFAULT (''), `state` text NOT NULL, `attempt` integer NOT NULL, `next_at` datetime NOT NULL, `token` text NOT NULL, `last_error` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL);
-- copy rows from old table "tasks" to new temporary table "new_tasks"
INSERT INTO `new_tasks` (`id`, `kind`, `ref`, `state`, `attempt`, `next_at`, `token`, `last_error`, `created_at`, `updated_at`) SELECT `id`, `kind`, `ref`, `state`, `attempt`, `next_at`, `token`, `last_error`, `created_at`, `updated_at` FROM `tasks`;
-- drop "tasks" table after copying rows
DROP TABLE `tasks`;
-- rename temporary table "new_tasks" to "tasks"
ALTER TABLE `new_tasks` RENAME TO `tasks`;
-- create index "task_kind_ref" to table: "tasks"
CREATE UNIQUE INDEX `task_kind_ref` ON `tasks` (`kind`, `ref`);
-- create index "task_state_kind_lane_next_at" to table: "tasks"
CREATE INDEX `task_state_kind_lane_next_at` ON `tasks` (`state`, `kind`, `lane`, `next_at`);
-- orders that wait for a payment get the task that asks their provider
INSERT INTO `tasks` (`kind`, `ref`, `lane`, `state`, `attempt`, `next_at`, `token`, `last_error`, `created_at`, `updated_at`) SELECT 'query_payment', `number`, `provider`, 'pending', 0, `expires_at`, '', '', `created_at`, `updated_at` FROM `orders` WHERE `status` = 'created' AND `provider` <> '' AND `number` NOT IN (SELECT `ref` FROM `tasks` WHERE `kind` = 'query_payment');
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- Not undone: the tables were made anew.
