-- +goose Up
-- modify "stock_movements" table
ALTER TABLE `stock_movements` ADD COLUMN `by_whom` varchar(64) NOT NULL DEFAULT '';

-- +goose Down
-- reverse: modify "stock_movements" table
ALTER TABLE `stock_movements` DROP COLUMN `by_whom`;
