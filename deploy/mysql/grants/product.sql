-- What the service product may do in its database: what its code does, and no more.
-- Applied after each migration, as one that may grant it; again does no harm.
-- To name database and user otherwise: sed s/stockonce_product/NAME/g

-- Kept for ever as they were written.
GRANT SELECT, INSERT ON `stockonce_product`.`products`        TO 'stockonce_product'@'%';
GRANT SELECT, INSERT ON `stockonce_product`.`stock_movements` TO 'stockonce_product'@'%';

-- The answer to an order changes in its own transaction and when it is released; which
-- order it is and what it asked for never do.
GRANT SELECT, INSERT, UPDATE (`outcome`, `short_lines`, `updated_at`)
  ON `stockonce_product`.`deductions` TO 'stockonce_product'@'%';
-- Of a SKU only the stock.
GRANT SELECT, INSERT, UPDATE (`stock`)
  ON `stockonce_product`.`skus` TO 'stockonce_product'@'%';

-- Which migrations there are: it serves on a complete schema only.
GRANT SELECT ON `stockonce_product`.`goose_db_version` TO 'stockonce_product'@'%';
