package store_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

const month = 30 * 24 * time.Hour

// past is a database with rows of chosen age.
type past struct {
	*testing.T
	*ent.Client
	retention *store.Retention
}

func newPast(t *testing.T, db *database.DB) *past {
	t.Helper()
	return &past{t, ent.NewClient(ent.Driver(entsql.OpenDB(db.Dialect, db.Write))), store.NewRetention(store.New(db))}
}

func (p *past) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// ago is so long before now, and a day more.
func ago(d time.Duration) time.Time { return time.Now().UTC().Add(-d - 24*time.Hour) }

func (p *past) order(number string, status domain.Status) {
	p.must(p.Order.Create().SetNumber(number).SetCustomer("c").SetRequestID(number).SetRequestHash("").SetProvider("standard").
		SetStatus(string(status)).SetCurrency("CNY").SetAmount(500).SetWinner("").SetVersion(1).SetEvents(0).
		SetCreatedAt(ago(month)).SetUpdatedAt(ago(month)).SetExpiresAt(ago(month)).Exec(p.Context()))
}

func (p *past) payment(number, order string, disposition domain.Disposition) {
	p.must(p.Payment.Create().SetNumber(number).SetProvider("standard").SetTransactionID(number).SetOrderNumber(order).
		SetAmount(500).SetCurrency("CNY").SetDisposition(string(disposition)).SetCreatedAt(ago(month)).Exec(p.Context()))
}

func (p *past) refund(number, payment string, amount int64, state domain.RefundState) {
	p.must(p.Refund.Create().SetID(number).SetPayment(payment).SetAmount(amount).SetCurrency("CNY").SetSource("service").
		SetState(string(state)).SetReason("").SetCreatedAt(ago(month)).SetUpdatedAt(ago(month)).Exec(p.Context()))
}

func (p *past) task(kind domain.TaskKind, ref string, state domain.TaskState, age time.Duration) {
	p.must(p.Task.Create().SetKind(string(kind)).SetRef(ref).SetLane("").SetState(string(state)).SetAttempt(0).SetNextAt(ago(age)).
		SetToken("").SetLastError("").SetCreatedAt(ago(age)).SetUpdatedAt(ago(age)).Exec(p.Context()))
}

// callback keeps a callback about an order. Its hash is its body's name.
func (p *past) callback(order string, verdict domain.Verdict, body string, age time.Duration, refund domain.RefundState) {
	row := p.Callback.Create().SetProvider("standard").SetOrderNumber(order).SetTransactionID("").SetAmount(500).SetCurrency("CNY").
		SetState("paid").SetVerdict(string(verdict)).SetProblem("").SetHeaders("[]").SetBodyHash(body).SetRefundState(string(refund)).
		SetAnswerStatus(200).SetAnswerType("").SetAnswerBody("").SetCreatedAt(ago(age))
	if body != "" && body[0] != '=' {
		row.SetBody([]byte(body))
	} else if body != "" {
		row.SetBodyHash(body[1:]) // a repeat
	}
	p.must(row.Exec(p.Context()))
}

// prune runs step after step to the end and returns how many rows went.
func (p *past) prune(limit int, dry bool) (callbacks, tasks usecase.PruneReport) {
	p.Helper()
	uc := usecase.NewPrune(p.retention)
	step := usecase.PruneStep{Older: month, Limit: limit, DryRun: dry}
	var err error
	callbacks, err = uc.Callbacks(p.Context(), step, func(usecase.PruneReport) {})
	p.must(err)
	tasks, err = uc.Tasks(p.Context(), step, func(usecase.PruneReport) {})
	p.must(err)
	return callbacks, tasks
}

func (p *past) left() []string {
	p.Helper()
	numbers, err := p.Callback.Query().Select("order_number").Strings(p.Context())
	p.must(err)
	slices.Sort(numbers)
	return numbers
}

func TestOldCallbacksGoUnlessSomethingAboutThemIsUnfinished(t *testing.T) {
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *database.DB) {
		p := newPast(t, db)
		paid := func(order string, verdict domain.Verdict) { p.callback(order, verdict, order, month, "") }
		for number, status := range map[string]domain.Status{
			"fulfilled": domain.Fulfilled, "cancelled": domain.Cancelled, "refunded": domain.Refunded,
			"created": domain.Created, "paid": domain.Paid, "unfulfillable": domain.Unfulfillable, "refunding": domain.Refunding,
		} {
			p.order(number, status)
			paid(number, domain.VerdictNotPaid)
		}
		for order, disposition := range map[string]domain.Disposition{
			"held": domain.Mismatch, "held-and-back": domain.Mismatch, "half-back": domain.Duplicate, "refused-back": domain.Late,
			"back-on-its-way": domain.Winner, "kept": domain.Winner, "nobodys": domain.Orphan,
		} {
			if disposition != domain.Orphan {
				p.order(order, domain.Fulfilled)
			}
			p.payment("P-"+order, order, disposition)
			paid(order, domain.Verdict(disposition))
		}
		p.refund("R1", "P-held-and-back", 500, domain.RefundConfirmed)
		p.refund("R2", "P-half-back", 499, domain.RefundConfirmed)
		p.refund("R3", "P-refused-back", 500, domain.RefundFailed)
		p.refund("R4", "P-back-on-its-way", 100, domain.RefundSent)
		p.order("asked-about", domain.Cancelled)
		p.task(domain.TaskClosePayment, "asked-about", domain.TaskDead, month)
		paid("asked-about", domain.VerdictNotPaid)
		p.callback("early-refund", domain.VerdictOrphan, "early", month, domain.RefundConfirmed)
		p.callback("", domain.VerdictUnreadable, "nonsense", month, "")
		p.callback("young", domain.VerdictNotPaid, "new", 0, "")
		p.callback("repeated-first", domain.VerdictNotPaid, "again", month, "")
		p.callback("repeated-old", domain.VerdictNotPaid, "=again", month, "")
		p.callback("repeated-young", domain.VerdictNotPaid, "=again", 0, "")

		want := []string{
			"asked-about", "back-on-its-way", "created", "early-refund", "half-back", "held", "nobodys", "paid", "refunding",
			"refused-back", "repeated-first", "repeated-young", "unfulfillable", "young",
		}
		all := p.left()
		dry, _ := p.prune(4, true)
		if got := p.left(); !slices.Equal(got, all) {
			t.Fatalf("a dry run left %v of %v", got, all)
		}
		report, _ := p.prune(4, false)
		if got := p.left(); !slices.Equal(got, want) {
			t.Errorf("left are %v,\nwant %v", got, want)
		}
		if deleted := len(all) - len(want); report.Deleted != deleted || dry != report || report.Old != len(all)-2 {
			t.Errorf("the report says %+v and the dry run's %+v; %d were deleted", report, dry, deleted)
		}
	})
}

func TestOnlyDoneTasksGoAndOnlyOldOnes(t *testing.T) {
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *database.DB) {
		p := newPast(t, db)
		for i := range 10 {
			p.task(domain.TaskDeduct, "old"+strconv.Itoa(i), domain.TaskDone, month)
			p.task(domain.TaskDeduct, "young"+strconv.Itoa(i), domain.TaskDone, 0)
			p.task(domain.TaskDeduct, "waits"+strconv.Itoa(i), domain.TaskPending, month)
			p.task(domain.TaskDeduct, "dead"+strconv.Itoa(i), domain.TaskDead, month)
		}
		if _, dry := p.prune(7, true); dry.Deleted != 10 {
			t.Errorf("a dry run says %+v", dry)
		}
		if _, report := p.prune(7, false); report != (usecase.PruneReport{Looked: 40, Old: 30, Deleted: 10}) {
			t.Errorf("the report says %+v", report)
		}
		refs, err := p.Task.Query().Select("ref").Strings(t.Context())
		if err != nil || len(refs) != 30 || slices.ContainsFunc(refs, func(ref string) bool { return ref[:3] == "old" }) {
			t.Errorf("left are %v (error %v)", refs, err)
		}
	})
}

func TestPruningIsForTheAdminAccountAlone(t *testing.T) {
	accounts := dbtest.MySQLAs(t, "order", migrations.Files)
	newPast(t, accounts.Admin).task(domain.TaskDeduct, "old", domain.TaskDone, month)
	step := usecase.PruneStep{Older: month, Limit: 10}
	if done, err := store.NewRetention(store.New(accounts.Service)).PruneTasks(t.Context(), step); err == nil {
		t.Errorf("the service pruned: %+v", done)
	}
	if done, err := store.NewRetention(store.New(accounts.Admin)).PruneTasks(t.Context(), step); err != nil || done.Deleted != 1 {
		t.Errorf("the admin pruned %+v (error %v)", done, err)
	}
}
