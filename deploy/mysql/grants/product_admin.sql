-- What the account for migrations may do, which the running service never uses.
-- To name database and user otherwise: sed s/stockonce_product/NAME/g
--
-- It may pass on what it may do itself, so that whoever brings a table with a migration
-- can give the service its part of it: see product.sql. In the name of the database an
-- underscore stands for any character here: call no other database alike.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES
  ON `stockonce_product`.* TO 'stockonce_product_admin'@'%' WITH GRANT OPTION;
