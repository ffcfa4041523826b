-- +goose Up
-- modify "callbacks" table
ALTER TABLE `callbacks` ADD COLUMN `refund_state` varchar(16) NOT NULL DEFAULT '', ADD COLUMN `refund_number` varchar(64) NOT NULL DEFAULT '', ADD COLUMN `refund_ref` varchar(255) NOT NULL DEFAULT '', ADD COLUMN `cumulative` bool NOT NULL DEFAULT 0;
-- modify "orders" table
ALTER TABLE `orders` ADD COLUMN `stock_back` bool NOT NULL DEFAULT 0;
-- modify "order_events" table
ALTER TABLE `order_events` ADD COLUMN `status` varchar(16) NOT NULL DEFAULT '';
-- modify "payments" table
ALTER TABLE `payments` ADD INDEX `payment_disposition_created_at` (`disposition`, `created_at`);
-- modify "refunds" table
ALTER TABLE `refunds` ADD COLUMN `by_whom` varchar(64) NOT NULL DEFAULT '', ADD COLUMN `provider_ref` varchar(255) NOT NULL DEFAULT '', ADD INDEX `refund_state_created_at` (`state`, `created_at`);
-- modify "tasks" table
ALTER TABLE `tasks` ADD COLUMN `lane` varchar(16) NOT NULL DEFAULT '', DROP INDEX `task_state_kind_next_at`, ADD INDEX `task_state_kind_lane_next_at` (`state`, `kind`, `lane`, `next_at`);
-- orders that wait for a payment get the task that asks their provider
INSERT INTO `tasks` (`kind`, `ref`, `lane`, `state`, `attempt`, `next_at`, `token`, `last_error`, `created_at`, `updated_at`) SELECT 'query_payment', `number`, `provider`, 'pending', 0, `expires_at`, '', '', `created_at`, `updated_at` FROM `orders` WHERE `status` = 'created' AND `provider` <> '' AND `number` NOT IN (SELECT `ref` FROM `tasks` WHERE `kind` = 'query_payment');

-- +goose Down
-- reverse: modify "tasks" table
ALTER TABLE `tasks` DROP INDEX `task_state_kind_lane_next_at`, ADD INDEX `task_state_kind_next_at` (`state`, `kind`, `next_at`), DROP COLUMN `lane`;
-- reverse: modify "refunds" table
ALTER TABLE `refunds` DROP INDEX `refund_state_created_at`, DROP COLUMN `provider_ref`, DROP COLUMN `by_whom`;
-- reverse: modify "payments" table
ALTER TABLE `payments` DROP INDEX `payment_disposition_created_at`;
-- reverse: modify "order_events" table
ALTER TABLE `order_events` DROP COLUMN `status`;
-- reverse: modify "orders" table
ALTER TABLE `orders` DROP COLUMN `stock_back`;
-- reverse: modify "callbacks" table
ALTER TABLE `callbacks` DROP COLUMN `cumulative`, DROP COLUMN `refund_ref`, DROP COLUMN `refund_number`, DROP COLUMN `refund_state`;
