package dbtest

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/stockonce/stockonce/app/internal/platform/database"
)

// WantPrivileges fails the test unless the service's account may read every table of
// the schema, insert into it, change the columns that changes names for it, and do
// nothing else: no other update, no delete, no change of the schema. A table that
// changes does not name fails too: nobody has said what may be done with it.
func WantPrivileges(t *testing.T, service string, migrations fs.FS, changes map[string][]string) {
	t.Helper()
	db := MySQLAs(t, service, migrations)
	columns := schema(t, db.Admin)
	for _, table := range slices.Sorted(maps.Keys(columns)) {
		mayChange, known := changes[table]
		if !known && table != migrationsTable {
			t.Errorf("table %s: say in deploy/mysql/grants/%s.sql what the service may do with it, and in this test which columns change", table, service)
			continue
		}
		t.Run(table, func(t *testing.T) {
			want := func(may bool, statement string, args ...any) {
				t.Helper()
				wantAllowed(t, db.Service, may, fmt.Sprintf(statement, args...))
			}
			want(true, "SELECT 1 FROM %s LIMIT 1", table)
			all := "`" + strings.Join(columns[table], "`, `") + "`"
			want(table != migrationsTable, "INSERT INTO %[1]s (%[2]s) SELECT %[2]s FROM %[1]s WHERE 1 = 0", table, all)
			for _, column := range columns[table] {
				want(slices.Contains(mayChange, column), "UPDATE %[1]s SET `%[2]s` = `%[2]s` WHERE 1 = 0", table, column)
			}
			want(false, "DELETE FROM %s WHERE 1 = 0", table)
			want(false, "TRUNCATE TABLE %s", table)
			want(false, "ALTER TABLE %s ADD COLUMN more int", table)
			want(false, "DROP TABLE %s", table)
			want(false, "CREATE TABLE a_copy LIKE %s", table)
			want(false, "CREATE TRIGGER quietly BEFORE INSERT ON %s FOR EACH ROW SET @a = 1", table)
		})
	}
	for table := range changes {
		if columns[table] == nil {
			t.Errorf("there is no table %s", table)
		}
	}
}

// migrationsTable is where goose keeps which migrations there are.
const migrationsTable = "goose_db_version"

// schema lists the columns of every table.
func schema(t *testing.T, db *database.DB) map[string][]string {
	t.Helper()
	const query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
	rows, err := db.Read.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	columns := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		columns[table] = append(columns[table], column)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return columns
}

// wantAllowed runs a statement that changes nothing if it is allowed.
func wantAllowed(t *testing.T, db *database.DB, may bool, statement string) {
	t.Helper()
	_, err := db.Write.ExecContext(t.Context(), statement)
	switch {
	case may && err != nil:
		t.Errorf("%s: %v", statement, err)
	case !may && err == nil:
		t.Errorf("%s: allowed", statement)
	case !may && !denied(err):
		t.Errorf("%s: failed, but not for want of a privilege: %v", statement, err)
	}
}

// denied tells whether the server refused for want of a privilege:
// https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
func denied(err error) bool {
	const onDatabase, onTable, onColumn, special = 1044, 1142, 1143, 1227
	e, ok := errors.AsType[*mysql.MySQLError](err)
	return ok && slices.Contains([]uint16{onDatabase, onTable, onColumn, special}, e.Number)
}
