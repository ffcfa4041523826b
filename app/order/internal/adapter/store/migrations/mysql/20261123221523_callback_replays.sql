-- +goose Up
-- modify "callbacks" table
ALTER TABLE `callbacks` ADD COLUMN `chargeback` bool NOT NULL DEFAULT 0, ADD COLUMN `stuck` bool NOT NULL DEFAULT 0, ADD COLUMN `refund_reason` varchar(255) NOT NULL DEFAULT '', ADD COLUMN `replay_of` bigint NOT NULL DEFAULT 0, ADD COLUMN `replayed_by` varchar(64) NOT NULL DEFAULT '', ADD COLUMN `replay_reason` varchar(255) NOT NULL DEFAULT '';

-- +goose Down
-- reverse: modify "callbacks" table
ALTER TABLE `callbacks` DROP COLUMN `replay_reason`, DROP COLUMN `replayed_by`, DROP COLUMN `replay_of`, DROP COLUMN `refund_reason`, DROP COLUMN `stuck`, DROP COLUMN `chargeback`;
