-- +goose Up
-- create "callbacks" table
CREATE TABLE `callbacks` (`id` bigint NOT NULL AUTO_INCREMENT, `provider` varchar(16) NOT NULL, `order_number` varchar(255) NOT NULL, `transaction_id` varchar(255) NOT NULL, `amount` bigint NOT NULL, `currency` varchar(3) NOT NULL, `state` varchar(64) NOT NULL, `paid_at` datetime(6) NULL, `verdict` varchar(16) NOT NULL, `problem` varchar(255) NOT NULL, `headers` longtext NOT NULL, `body` mediumblob NULL, `body_hash` varchar(64) NOT NULL, `answer_status` bigint NOT NULL, `answer_type` varchar(64) NOT NULL, `answer_body` varchar(255) NOT NULL, `created_at` datetime(6) NOT NULL, PRIMARY KEY (`id`), INDEX `callback_body_hash` (`body_hash`), INDEX `callback_created_at` (`created_at`), INDEX `callback_order_number` (`order_number`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "orders" table
CREATE TABLE `orders` (`id` bigint NOT NULL AUTO_INCREMENT, `number` varchar(32) NOT NULL, `customer` varchar(64) NOT NULL, `request_id` varchar(64) NOT NULL, `request_hash` varchar(64) NOT NULL, `provider` varchar(16) NOT NULL, `status` varchar(16) NOT NULL, `currency` varchar(3) NOT NULL, `amount` bigint NOT NULL, `winner` varchar(32) NOT NULL, `version` bigint NOT NULL, `events` bigint NOT NULL, `created_at` datetime(6) NOT NULL, `updated_at` datetime(6) NOT NULL, `expires_at` datetime(6) NOT NULL, PRIMARY KEY (`id`), UNIQUE INDEX `order_customer_request_id` (`customer`, `request_id`), UNIQUE INDEX `order_number` (`number`), INDEX `order_status_expires_at` (`status`, `expires_at`), INDEX `order_status_number` (`status`, `number`), CONSTRAINT `orders_amount_positive` CHECK (`amount` > 0)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "order_events" table
CREATE TABLE `order_events` (`id` bigint NOT NULL AUTO_INCREMENT, `order_number` varchar(32) NOT NULL, `sequence` bigint NOT NULL, `kind` varchar(32) NOT NULL, `subject` varchar(64) NOT NULL, `note` varchar(500) NOT NULL, `created_at` datetime(6) NOT NULL, PRIMARY KEY (`id`), UNIQUE INDEX `orderevent_order_number_sequence` (`order_number`, `sequence`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "order_lines" table
CREATE TABLE `order_lines` (`id` bigint NOT NULL AUTO_INCREMENT, `order_id` bigint NOT NULL, `sku` varchar(64) NOT NULL, `quantity` bigint NOT NULL, `unit_price` bigint NOT NULL, PRIMARY KEY (`id`), UNIQUE INDEX `orderline_order_id_sku` (`order_id`, `sku`), CONSTRAINT `order_lines_quantity_positive` CHECK (`quantity` > 0)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "payments" table
CREATE TABLE `payments` (`id` bigint NOT NULL AUTO_INCREMENT, `number` varchar(32) NOT NULL, `provider` varchar(16) NOT NULL, `transaction_id` varchar(255) NOT NULL, `order_number` varchar(255) NOT NULL, `amount` bigint NOT NULL, `currency` varchar(3) NOT NULL, `disposition` varchar(16) NOT NULL, `paid_at` datetime(6) NULL, `created_at` datetime(6) NOT NULL, PRIMARY KEY (`id`), UNIQUE INDEX `payment_number` (`number`), INDEX `payment_order_number` (`order_number`), UNIQUE INDEX `payment_provider_transaction_id` (`provider`, `transaction_id`), CONSTRAINT `payments_amount_positive` CHECK (`amount` > 0)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "refunds" table
CREATE TABLE `refunds` (`number` varchar(64) NOT NULL, `payment` varchar(32) NOT NULL, `amount` bigint NOT NULL, `currency` varchar(3) NOT NULL, `source` varchar(16) NOT NULL, `state` varchar(16) NOT NULL, `reason` varchar(255) NOT NULL, `created_at` datetime(6) NOT NULL, `updated_at` datetime(6) NOT NULL, PRIMARY KEY (`number`), INDEX `refund_payment` (`payment`), CONSTRAINT `refunds_amount_positive` CHECK (`amount` > 0)) CHARSET utf8mb4 COLLATE utf8mb4_bin;
-- create "tasks" table
CREATE TABLE `tasks` (`id` bigint NOT NULL AUTO_INCREMENT, `kind` varchar(16) NOT NULL, `ref` varchar(255) NOT NULL, `state` varchar(16) NOT NULL, `attempt` bigint NOT NULL, `next_at` datetime(6) NOT NULL, `token` varchar(32) NOT NULL, `last_error` varchar(500) NOT NULL, `created_at` datetime(6) NOT NULL, `updated_at` datetime(6) NOT NULL, PRIMARY KEY (`id`), UNIQUE INDEX `task_kind_ref` (`kind`, `ref`), INDEX `task_state_kind_next_at` (`state`, `kind`, `next_at`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
-- reverse: create "tasks" table
DROP TABLE `tasks`;
-- reverse: create "refunds" table
DROP TABLE `refunds`;
-- reverse: create "payments" table
DROP TABLE `payments`;
-- reverse: create "order_lines" table
DROP TABLE `order_lines`;
-- reverse: create "order_events" table
DROP TABLE `order_events`;
-- reverse: create "orders" table
DROP TABLE `orders`;
-- reverse: create "callbacks" table
DROP TABLE `callbacks`;
