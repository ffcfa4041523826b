package usecase_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/internal/platform/identity"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// One task makes the program panic every time, another can never succeed. They are
// among the first to be claimed.
func TestTwoPoisonedTasksAmongTenThousandHoldUpNoOther(t *testing.T) {
	const n, poison, hopeless = 10000, "poison", "hopeless"
	b := setup(t, dbtest.MySQL(t, migrations.Files), 0)
	b.pending(n, poison, hopeless)
	tasks := store.NewTasks(store.New(b.db))
	healed := false
	work := func(ctx context.Context, c domain.Claim) error {
		switch {
		case c.Ref == poison && !healed:
			panic("it is poisoned")
		case c.Ref == hopeless && !healed:
			return &usecase.HopelessError{Reason: "it cannot be"}
		}
		return tasks.End(ctx, domain.TaskEnd{Claim: c, State: domain.TaskDone})
	}
	b.settings.Batch, b.settings.Concurrency = 500, 16
	relay := usecase.NewRelayTasks(usecase.Lane{Kind: domain.TaskNotify, Name: "shop"}, tasks, work,
		identity.New, b.signals, func() usecase.RelaySettings { return b.settings })

	passes := 0
	for ; b.count("SELECT COUNT(*) FROM tasks WHERE state = 'done'") < n-2; passes++ {
		if passes > n/b.settings.Batch+1 {
			t.Fatalf("not done after %d passes: the poisoned ones took others' place", passes)
		}
		b.pass(relay)
	}
	if cause := b.text("SELECT last_error FROM tasks WHERE ref = ? AND state = 'pending'", poison); !strings.HasPrefix(cause, "panic: it is poisoned") {
		t.Errorf("the task that panics says %q", cause)
	}
	if len(b.signals.dead) != 1 || b.signals.dead[0].Claim.Ref != hopeless {
		t.Errorf("dead are %+v", b.signals.dead)
	}

	// A person retries the dead one after what was wrong is repaired.
	healed = true
	handle := usecase.NewHandleTask(b.orders, b.payments, tasks, b.signals)
	err := handle.Do(t.Context(), domain.TaskDecision{
		Action: domain.TaskRetried, Kind: domain.TaskNotify, Ref: hopeless, By: "me", Reason: "repaired",
	})
	if err != nil {
		t.Fatal(err)
	}
	b.dueNow()
	b.pass(relay)
	if done := b.count("SELECT COUNT(*) FROM tasks WHERE state = 'done'"); done != n {
		t.Errorf("%d of %d tasks are done", done, n)
	}
}

// pending inserts n due tasks, the first with the given refs.
func (b *bundle) pending(n int, first ...string) {
	b.t.Helper()
	const atOnce = 500
	for i := 0; i < n; i += atOnce {
		rows := make([]string, atOnce)
		for j := range rows {
			ref := fmt.Sprintf("task%d", i+j)
			if i+j < len(first) {
				ref = first[i+j]
			}
			rows[j] = fmt.Sprintf("('notify', '%s', 'shop', 'pending', 0, '2026-01-01', '', '', '2026-01-01', '2026-01-01')", ref)
		}
		b.exec("INSERT INTO tasks (kind, ref, lane, state, attempt, next_at, token, last_error, created_at, updated_at) VALUES " + strings.Join(rows, ", "))
	}
}

// text is the text a query answers.
func (b *bundle) text(query string, args ...any) string {
	b.t.Helper()
	var s string
	if err := b.db.Read.QueryRowContext(b.t.Context(), query, args...).Scan(&s); err != nil {
		b.t.Fatal(err)
	}
	return s
}
