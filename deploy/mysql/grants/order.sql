-- What the service order may do in its database: what its code does, and no more.
-- Applied after each migration, as one that may grant it; again does no harm.
-- To name database and user otherwise: sed s/stockonce_order/NAME/g

-- Kept for ever as they were written.
GRANT SELECT, INSERT ON `stockonce_order`.`order_lines`  TO 'stockonce_order'@'%';
GRANT SELECT, INSERT ON `stockonce_order`.`order_events` TO 'stockonce_order'@'%';
GRANT SELECT, INSERT ON `stockonce_order`.`callbacks`    TO 'stockonce_order'@'%';

-- Of a payment only the verdict on one that is held changes.
GRANT SELECT, INSERT, UPDATE (`disposition`)
  ON `stockonce_order`.`payments` TO 'stockonce_order'@'%';
-- What was ordered, by whom and for how much, stays.
GRANT SELECT, INSERT, UPDATE (`status`, `winner`, `stock_back`, `version`, `events`, `updated_at`)
  ON `stockonce_order`.`orders` TO 'stockonce_order'@'%';
-- Neither the payment nor the amount of a refund changes.
GRANT SELECT, INSERT, UPDATE (`source`, `state`, `reason`, `by_whom`, `provider_ref`, `updated_at`)
  ON `stockonce_order`.`refunds` TO 'stockonce_order'@'%';
GRANT SELECT, INSERT, UPDATE (`lane`, `state`, `attempt`, `next_at`, `token`, `last_error`, `created_at`, `updated_at`)
  ON `stockonce_order`.`tasks` TO 'stockonce_order'@'%';

-- What reconciliation found, up to where it has compared, and which replica does.
GRANT SELECT, INSERT, UPDATE (`order_number`, `detail`, `remedy`, `first_seen`, `last_seen`, `resolved_at`, `resolved_by`, `reason`)
  ON `stockonce_order`.`findings` TO 'stockonce_order'@'%';
GRANT SELECT, INSERT, UPDATE (`compared_until`, `finished_at`)
  ON `stockonce_order`.`reconciliation_passes` TO 'stockonce_order'@'%';
GRANT SELECT, INSERT, UPDATE (`holder`, `ends_at`)
  ON `stockonce_order`.`leases` TO 'stockonce_order'@'%';

-- Which migrations there are: it serves on a complete schema only.
GRANT SELECT ON `stockonce_order`.`goose_db_version` TO 'stockonce_order'@'%';
