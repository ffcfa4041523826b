package store_test

import (
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/internal/platform/migrate/diff"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	entmigrate "github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/migrate"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase/usecasetest"
)

func TestStoreKeepsThePortsContracts(t *testing.T) {
	for kind, open := range map[string]func(*testing.T) *database.DB{
		"sqlite": func(t *testing.T) *database.DB { t.Helper(); return dbtest.SQLite(t, migrations.Files) },
		"mysql": func(t *testing.T) *database.DB {
			t.Helper()
			return dbtest.MySQLAs(t, "order", migrations.Files).Service
		},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			usecasetest.Run(t, func(t *testing.T) usecasetest.Ports {
				t.Helper()
				s := store.New(open(t))
				return usecasetest.Ports{
					Orders: store.NewOrders(s, nil), Payments: store.NewPayments(s), Tasks: store.NewTasks(s),
					Callbacks: store.NewCallbacks(s), Books: store.NewBooks(s), Findings: store.NewFindings(s),
					Passes: store.NewPasses(s), Leases: store.NewLeases(s),
				}
			})
		})
	}
}

func TestMigrationsHoldTheWholeSchema(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, db *database.DB) {
		missing, err := diff.Missing(t.Context(), db, migrations.Files, entmigrate.Tables)
		if err != nil {
			t.Fatal(err)
		}
		if missing != "" {
			t.Fatalf("make migration has something to write:\n%s", missing)
		}
	})
}

func TestRepeatedCallbacksKeepOneBody(t *testing.T) {
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *database.DB) {
		payments := store.NewPayments(store.New(db))
		for _, transaction := range []string{"tx1", "tx1", "tx2"} {
			n := usecasetest.Notice("O", transaction)
			if err := payments.Keep(t.Context(), domain.Callback{Notice: n, Verdict: domain.VerdictNotPaid}); err != nil {
				t.Fatal(err)
			}
		}
		var rows, bodies int
		var headers, answer string
		const query = "SELECT COUNT(*), COUNT(body), MIN(headers), MIN(answer_body) FROM callbacks"
		if err := db.Read.QueryRowContext(t.Context(), query).Scan(&rows, &bodies, &headers, &answer); err != nil {
			t.Fatal(err)
		}
		if rows != 3 || bodies != 2 || headers != `[["Webhook-Id","msg_1"]]` || answer != "ok" {
			t.Fatalf("%d rows, %d bodies, headers %s, answer %s", rows, bodies, headers, answer)
		}
	})
}

func TestHistoryIsNumberedAndComplete(t *testing.T) {
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *database.DB) {
		s := store.New(db)
		orders := store.NewOrders(s, nil)
		number := usecasetest.Place(t, orders).Number()
		for _, step := range []func(*domain.Order) error{
			func(o *domain.Order) error { o.Pay(usecasetest.Notice(number, "tx1"), "P1", "token"); return nil },
			func(o *domain.Order) error { o.Pay(usecasetest.Notice(number, "tx2"), "P2", "token"); return nil },
			func(o *domain.Order) error {
				o.Settle(domain.Deducted, domain.Claim{Kind: domain.TaskDeduct, Ref: number, Token: "token"})
				return nil
			},
		} {
			if err := orders.Update(t.Context(), number, step); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := db.Read.QueryContext(t.Context(), "SELECT sequence, kind FROM order_events WHERE order_number = ? ORDER BY sequence", number)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		want := []domain.EventKind{
			domain.EventPlaced, domain.EventPaid, domain.EventPaymentRecorded, domain.EventRefundRequested, domain.EventFulfilled,
		}
		n := 0
		for ; rows.Next(); n++ {
			var sequence int
			var kind domain.EventKind
			if err := rows.Scan(&sequence, &kind); err != nil {
				t.Fatal(err)
			}
			if n < len(want) && (sequence != n+1 || kind != want[n]) {
				t.Errorf("entry %d is number %d, %s", n+1, sequence, kind)
			}
		}
		if err := rows.Err(); err != nil || n != len(want) {
			t.Fatalf("%d entries, want %d: %v", n, len(want), err)
		}
	})
}
