-- +goose Up
-- create "callbacks" table
CREATE TABLE `callbacks` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `provider` text NOT NULL, `order_number` text NOT NULL, `transaction_id` text NOT NULL, `amount` integer NOT NULL, `currency` text NOT NULL, `state` text NOT NULL, `paid_at` datetime NULL, `verdict` text NOT NULL, `problem` text NOT NULL, `headers` text NOT NULL, `body` blob NULL, `body_hash` text NOT NULL, `answer_status` integer NOT NULL, `answer_type` text NOT NULL, `answer_body` text NOT NULL, `created_at` datetime NOT NULL);
-- create index "callback_body_hash" to table: "callbacks"
CREATE INDEX `callback_body_hash` ON `callbacks` (`body_hash`);
-- create index "callback_order_number" to table: "callbacks"
CREATE INDEX `callback_order_number` ON `callbacks` (`order_number`);
-- create index "callback_created_at" to table: "callbacks"
CREATE INDEX `callback_created_at` ON `callbacks` (`created_at`);
-- create "orders" table
CREATE TABLE `orders` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `number` text NOT NULL, `customer` text NOT NULL, `request_id` text NOT NULL, `request_hash` text NOT NULL, `provider` text NOT NULL, `status` text NOT NULL, `currency` text NOT NULL, `amount` integer NOT NULL, `winner` text NOT NULL, `version` integer NOT NULL, `events` integer NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `expires_at` datetime NOT NULL, CONSTRAINT `orders_amount_positive` CHECK (amount > 0));
-- create index "order_number" to table: "orders"
CREATE UNIQUE INDEX `order_number` ON `orders` (`number`);
-- create index "order_customer_request_id" to table: "orders"
CREATE UNIQUE INDEX `order_customer_request_id` ON `orders` (`customer`, `request_id`);
-- create index "order_status_expires_at" to table: "orders"
CREATE INDEX `order_status_expires_at` ON `orders` (`status`, `expires_at`);
-- create index "order_status_number" to table: "orders"
CREATE INDEX `order_status_number` ON `orders` (`status`, `number`);
-- create "order_events" table
CREATE TABLE `order_events` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `order_number` text NOT NULL, `sequence` integer NOT NULL, `kind` text NOT NULL, `subject` text NOT NULL, `note` text NOT NULL, `created_at` datetime NOT NULL);
-- create index "orderevent_order_number_sequence" to table: "order_events"
CREATE UNIQUE INDEX `orderevent_order_number_sequence` ON `order_events` (`order_number`, `sequence`);
-- create "order_lines" table
CREATE TABLE `order_lines` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `order_id` integer NOT NULL, `sku` text NOT NULL, `quantity` integer NOT NULL, `unit_price` integer NOT NULL, CONSTRAINT `order_lines_quantity_positive` CHECK (quantity > 0));
-- create index "orderline_order_id_sku" to table: "order_lines"
CREATE UNIQUE INDEX `orderline_order_id_sku` ON `order_lines` (`order_id`, `sku`);
-- create "payments" table
CREATE TABLE `payments` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `number` text NOT NULL, `provider` text NOT NULL, `transaction_id` text NOT NULL, `order_number` text NOT NULL, `amount` integer NOT NULL, `currency` text NOT NULL, `disposition` text NOT NULL, `paid_at` datetime NULL, `created_at` datetime NOT NULL, CONSTRAINT `payments_amount_positive` CHECK (amount > 0));
-- create index "payment_provider_transaction_id" to table: "payments"
CREATE UNIQUE INDEX `payment_provider_transaction_id` ON `payments` (`provider`, `transaction_id`);
-- create index "payment_number" to table: "payments"
CREATE UNIQUE INDEX `payment_number` ON `payments` (`number`);
-- create index "payment_order_number" to table: "payments"
CREATE INDEX `payment_order_number` ON `payments` (`order_number`);
-- create "refunds" table
CREATE TABLE `refunds` (`number` text NOT NULL, `payment` text NOT NULL, `amount` integer NOT NULL, `currency` text NOT NULL, `source` text NOT NULL, `state` text NOT NULL, `reason` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, PRIMARY KEY (`number`), CONSTRAINT `refunds_amount_positive` CHECK (amount > 0));
-- create index "refund_payment" to table: "refunds"
CREATE INDEX `refund_payment` ON `refunds` (`payment`);
-- create "tasks" table
CREATE TABLE `tasks` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `kind` text NOT NULL, `ref` text NOT NULL, `state` text NOT NULL, `attempt` integer NOT NULL, `next_at` datetime NOT NULL, `token` text NOT NULL, `last_error` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL);
-- create index "task_kind_ref" to table: "tasks"
CREATE UNIQUE INDEX `task_kind_ref` ON `tasks` (`kind`, `ref`);
-- create index "task_state_kind_next_at" to table: "tasks"
CREATE INDEX `task_state_kind_next_at` ON `tasks` (`state`, `kind`, `next_at`);

-- +goose Down
-- reverse: create index "task_state_kind_next_at" to table: "tasks"
DROP INDEX `task_state_kind_next_at`;
-- reverse: create index "task_kind_ref" to table: "tasks"
DROP INDEX `task_kind_ref`;
-- reverse: create "tasks" table
DROP TABLE `tasks`;
-- reverse: create index "refund_payment" to table: "refunds"
DROP INDEX `refund_payment`;
-- reverse: create "refunds" table
DROP TABLE `refunds`;
-- reverse: create index "payment_order_number" to table: "payments"
DROP INDEX `payment_order_number`;
-- reverse: create index "payment_number" to table: "payments"
DROP INDEX `payment_number`;
-- reverse: create index "payment_provider_transaction_id" to table: "payments"
DROP INDEX `payment_provider_transaction_id`;
-- reverse: create "payments" table
DROP TABLE `payments`;
-- reverse: create index "orderline_order_id_sku" to table: "order_lines"
DROP INDEX `orderline_order_id_sku`;
-- reverse: create "order_lines" table
DROP TABLE `order_lines`;
-- reverse: create index "orderevent_order_number_sequence" to table: "order_events"
DROP INDEX `orderevent_order_number_sequence`;
-- reverse: create "order_events" table
DROP TABLE `order_events`;
-- reverse: create index "order_status_number" to table: "orders"
DROP INDEX `order_status_number`;
-- reverse: create index "order_status_expires_at" to table: "orders"
DROP INDEX `order_status_expires_at`;
-- reverse: create index "order_customer_request_id" to table: "orders"
DROP INDEX `order_customer_request_id`;
-- reverse: create index "order_number" to table: "orders"
DROP INDEX `order_number`;
-- reverse: create "orders" table
DROP TABLE `orders`;
-- reverse: create index "callback_created_at" to table: "callbacks"
DROP INDEX `callback_created_at`;
-- reverse: create index "callback_order_number" to table: "callbacks"
DROP INDEX `callback_order_number`;
-- reverse: create index "callback_body_hash" to table: "callbacks"
DROP INDEX `callback_body_hash`;
-- reverse: create "callbacks" table
DROP TABLE `callbacks`;
