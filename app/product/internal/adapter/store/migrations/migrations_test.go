package migrations_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/internal/platform/migrate/diff"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/migrate"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
)

// none keeps a test's database empty.
var none = fstest.MapFS{
	"mysql/1_none.sql":  {Data: []byte("-- +goose Up\nSELECT 1;\n")},
	"sqlite/1_none.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")},
}

func TestTheMigrationsLeadToTheSchema(t *testing.T) {
	dbtest.Each(t, none, func(t *testing.T, db *database.DB) {
		dropVersions(t, db)
		missing, err := diff.Missing(t.Context(), db, migrations.Files, migrate.Tables)
		if err != nil {
			t.Fatal(err)
		}
		if missing != "" {
			t.Errorf("the schema has more than the migrations; run the program in migrations/diff, it will write:\n%s", missing)
		}
	})
}

func TestADriftIsNoticed(t *testing.T) {
	for name, change := range map[string]func(*schema.Table){
		"a new column": func(t *schema.Table) {
			t.Columns = append(slices.Clone(t.Columns), &schema.Column{Name: "extra", Type: field.TypeInt64})
		},
		"a column that is gone": func(t *schema.Table) { t.Columns = t.Columns[:len(t.Columns)-1] },
		"an index that is gone": func(t *schema.Table) { t.Indexes = t.Indexes[:len(t.Indexes)-1] },
		"a new check": func(t *schema.Table) {
			annotation := *t.Annotation
			annotation.Checks = map[string]string{"skus_stock_not_negative": "stock >= 0", "skus_price_positive": "price > 0", "skus_low_water_not_negative": "low_water >= 0"}
			t.Annotation = &annotation
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, none, func(t *testing.T, db *database.DB) {
				dropVersions(t, db)
				was := migrate.SkusTable
				skus := &schema.Table{
					Name: was.Name, Columns: was.Columns, PrimaryKey: was.PrimaryKey,
					Indexes: was.Indexes, Annotation: was.Annotation,
				}
				change(skus)
				missing, err := diff.Missing(t.Context(), db, migrations.Files, []*schema.Table{skus})
				if err != nil {
					t.Fatal(err)
				}
				if missing == "" {
					t.Error("it goes unnoticed")
				}
			})
		})
	}
}

// dropVersions drops the table in which the applied migrations are counted.
func dropVersions(t *testing.T, db *database.DB) {
	t.Helper()
	if _, err := db.Write.ExecContext(t.Context(), "DROP TABLE goose_db_version"); err != nil {
		t.Fatal(err)
	}
}

// A server's default collation takes "tea" and "TEA" for the same code.
func TestEveryMySQLTableSaysItsCollation(t *testing.T) {
	files, err := migrations.Files.ReadDir("mysql")
	if err != nil {
		t.Fatal(err)
	}
	tables := 0
	for _, file := range files {
		text, err := migrations.Files.ReadFile("mysql/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(line, "CREATE TABLE") {
				continue
			}
			tables++
			if !strings.Contains(line, "COLLATE utf8mb4_bin") {
				t.Errorf("%s: no collation in %s", file.Name(), line)
			}
		}
	}
	if tables == 0 {
		t.Error("no table was looked at")
	}
}
