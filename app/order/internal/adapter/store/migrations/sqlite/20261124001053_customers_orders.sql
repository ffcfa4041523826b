-- +goose Up
-- create index "order_customer_number" to table: "orders"
CREATE INDEX `order_customer_number` ON `orders` (`customer`, `number`);

-- +goose Down
-- reverse: create index "order_customer_number" to table: "orders"
DROP INDEX `order_customer_number`;
