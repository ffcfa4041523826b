-- +goose Up
-- modify "orders" table
ALTER TABLE `orders` ADD INDEX `order_customer_number` (`customer`, `number`);

-- +goose Down
-- reverse: modify "orders" table
ALTER TABLE `orders` DROP INDEX `order_customer_number`;
