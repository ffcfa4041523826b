-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_callbacks" table
CREATE TABLE `new_callbacks` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `provider` text NOT NULL, `order_number` text NOT NULL, `transaction_id` text NOT NULL, `amount` integer NOT NULL, `currency` text NOT NULL, `state` text NOT NULL, `paid_at` datetime NULL, `refund_state` text NOT NULL DEFAULT (''), `refund_number` text NOT NULL DEFAULT (''), `refund_ref` text NOT NULL DEFAULT (''), `cumulative` bool NOT NULL DEFAULT (false), `chargeback` bool NOT NULL DEFAULT (false), `stuck` bool NOT NULL DEFAULT (false), `refund_reason` text NOT NULL DEFAULT (''), `verdict` text NOT NULL, `problem` text NOT NULL, `headers` text NOT NULL, `body` blob NULL, `body_hash` text NOT NULL, `answer_status` integer NOT NULL, `answer_type` text NOT NULL, `answer_body` text NOT NULL, `replay_of` integer NOT NULL DEFAULT (0), `replayed_by` text NOT NULL DEFAULT (''), `replay_reason` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL);
-- copy rows from old table "callbacks" to new temporary table "new_callbacks"
INSERT INTO `new_callbacks` (`id`, `provider`, `order_number`, `transaction_id`, `amount`, `currency`, `state`, `paid_at`, `refund_state`, `refund_number`, `refund_ref`, `cumulative`, `verdict`, `problem`, `headers`, `body`, `body_hash`, `answer_status`, `answer_type`, `answer_body`, `created_at`) SELECT `id`, `provider`, `order_number`, `transaction_id`, `amount`, `currency`, `state`, `paid_at`, `refund_state`, `refund_number`, `refund_ref`, `cumulative`, `verdict`, `problem`, `headers`, `body`, `body_hash`, `answer_status`, `answer_type`, `answer_body`, `created_at` FROM `callbacks`;
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
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- Not undone: the tables were made anew.
