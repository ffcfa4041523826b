-- What the account for migrations and `order prune` may do, which the running service never uses.
-- To name database and user otherwise: sed s/stockonce_order/NAME/g
--
-- It may pass on what it may do itself, so that whoever brings a table with a migration
-- can give the service its part of it: see order.sql. In the name of the database an
-- underscore stands for any character here: call no other database alike.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES
  ON `stockonce_order`.* TO 'stockonce_order_admin'@'%' WITH GRANT OPTION;
