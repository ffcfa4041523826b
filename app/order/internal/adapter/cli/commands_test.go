package cli_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func TestAHeldPaymentIsListedWithWhatIsExpectedAndCanBeAccepted(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 999)
	f.orphan("NOBODYS", "P2")
	f.pay(f.order(), "P3", 1000) // in order: waits for nobody

	want := "PAYMENT | HELD AS | MINOR UNITS | EXPECTED | ORDER | PROVIDER | TRANSACTION | SINCE\n" +
		"P1 | mismatch | 999 CNY | 1000 CNY | " + order + " | standard | tx-P1 | NOW\n" +
		"P2 | orphan | 1000 CNY | - | NOBODYS | standard | tx-P2 | NOW\n"
	if got := f.table("payments list"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := f.run("payments accept", "P1"); got != "P1: recorded\n" {
		t.Errorf("printed %q", got)
	}
	if got := f.status(order); got != domain.Paid {
		t.Errorf("the order is %s", got)
	}
	if got := f.table("payments list"); strings.Contains(got, "P1") || !strings.Contains(got, "P2") {
		t.Errorf("got\n%s", got)
	}
	for _, payment := range []string{"P1", "P2"} { // taken already; of no order
		if _, err := f.try("payments accept", payment); !errors.Is(err, domain.ErrNotAcceptable) || !names(err, payment) {
			t.Errorf("%s accepted: %v", payment, err)
		}
	}
}

func TestAHeldPaymentCanBeGivenBackOnce(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 1001)
	f.run("payments refund", "--reason", "too much", "--by", "bob", "P1")
	want := domain.Refund{
		Number: "P1-1", Payment: "P1", Amount: domain.Money{Minor: 1001, Currency: "CNY"},
		Source: domain.SourceOperator, State: domain.RefundRequested, Reason: "too much", By: "bob",
	}
	if got := f.refund("P1-1"); got != want {
		t.Errorf("refund %+v", got)
	}
	if got := f.unfinished(); got != "refund/standard pending 1" {
		t.Errorf("tasks %s", got)
	}
	if got := f.table("payments list"); got != "None.\n" {
		t.Errorf("still held:\n%s", got)
	}
	_, err := f.try("payments refund", "--reason", "too much", "P1")
	if !errors.Is(err, domain.ErrNotRefundable) || !names(err, "P1", "order refunds list") {
		t.Errorf("error %v", err)
	}
}

func TestARefundOfAnOrderGetsTheStockBackFirst(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 1000)
	_, err := f.try("orders refund", "--no-restock", "--reason", "lost", order)
	if !errors.Is(err, domain.ErrStockUndecided) || !names(err, "P1", "--no-restock") {
		t.Errorf("error %v", err)
	}
	f.fulfil(order)
	f.run("orders refund", "--reason", "sent back", order)
	if got := f.status(order); got != domain.Refunding {
		t.Errorf("the order is %s", got)
	}
	if got := f.unfinished(); got != "release pending 1" {
		t.Errorf("tasks %s", got)
	}
}

func TestWhenTheGoodsAreLostTheMoneyGoesBackAtOnce(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 1000)
	f.fulfil(order)
	f.run("orders refund", "--no-restock", "--reason", "lost in the post", order)
	if got := f.unfinished(); got != "refund/standard pending 1" {
		t.Errorf("tasks %s", got)
	}
	if got := f.refund("P1-1"); got.By != "ann" || got.Reason != "lost in the post" {
		t.Errorf("refund %+v", got)
	}
}

func TestAnOrderThatNothingPaidHasNothingToGiveBack(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 999)
	if _, err := f.try("orders refund", "--reason", "why", order); !names(err, order, "created", "order payments list") {
		t.Errorf("error %v", err)
	}
}

func TestARefundIsSettledByHandOnlyWhenSomebodySaysSo(t *testing.T) {
	f := open(t)
	f.orphan("NOBODYS", "P1")
	f.run("payments refund", "--reason", "nobody's", "--by", "bob", "P1")
	want := "REFUND | STATE | MINOR UNITS | BEGUN BY | REASON | SINCE\n" +
		"P1-1 | requested | 1000 CNY | operator bob | nobody's | NOW\n"
	if got := f.table("refunds list"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	_, err := f.try("refunds settle", "--reason", "cash", "P1-1")
	if !misused(err, "--by-hand") || f.refund("P1-1").State != domain.RefundRequested {
		t.Errorf("error %v, refund %+v", err, f.refund("P1-1"))
	}
	f.run("refunds settle", "--by-hand", "--reason", "cash", "P1-1")
	got := f.refund("P1-1")
	if got.State != domain.RefundConfirmed || got.Source != domain.SourceByHand || got.By != "ann" || got.Reason != "cash" {
		t.Errorf("refund %+v", got)
	}
	if list := f.table("refunds list"); list != "None.\n" {
		t.Errorf("still listed:\n%s", list)
	}
	if tasks := f.unfinished(); tasks != "" {
		t.Errorf("the provider is still asked: %s", tasks)
	}
	_, err = f.try("refunds settle", "--by-hand", "--reason", "cash", "P1-1")
	if !errors.Is(err, domain.ErrRefundDone) || !names(err, "P1-1") {
		t.Errorf("settled again: %v", err)
	}
}

func TestADeadTaskIsListedInOneLineAndCanBeRetried(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 1000)
	claim := f.claim(usecase.Lane{Kind: domain.TaskDeduct})
	end := domain.TaskEnd{Claim: claim, State: domain.TaskDead, Reason: "panic:\x1b[2J\n\tat   work\u202e"}
	if err := f.Tasks.End(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	want := "KIND | REF | LANE | SINCE | WHY\n" +
		"deduct | " + order + " | - | NOW | panic: [2J at work\n"
	if got := f.table("tasks list"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := f.run("tasks retry", "deduct", order); got != "deduct task "+order+" is due again\n" {
		t.Errorf("printed %q", got)
	}
	if got := f.table("tasks list"); got != "None.\n" {
		t.Errorf("still dead:\n%s", got)
	}
	if again := f.claim(usecase.Lane{Kind: domain.TaskDeduct}); again.Ref != order {
		t.Errorf("claimed %+v", again)
	}
	if _, err := f.try("tasks retry", "deduct", order); !errors.Is(err, usecase.ErrTaskNotFound) || !names(err, "deduct", order) {
		t.Errorf("retried while it is not dead: %v", err)
	}
}

func TestADecisionNeedsANameAndAReason(t *testing.T) {
	f := open(t)
	for _, command := range []string{"payments accept", "payments refund", "orders refund", "refunds settle"} {
		flags := []string{"--by", " "}
		if command != "payments accept" {
			flags = append(flags, "--reason", "why")
		}
		if _, err := f.try(command, append(flags, "X")...); !misused(err, "--by ") {
			t.Errorf("%s without a name: %v", command, err)
		}
		if command == "payments accept" {
			continue
		}
		for _, flags := range [][]string{{"X"}, {"--reason", " ", "X"}} {
			if _, err := f.try(command, flags...); !misused(err, "--reason") {
				t.Errorf("%s without a reason: %v", command, err)
			}
		}
	}
	t.Setenv("USER", "")
	if _, err := f.try("payments accept", "X"); !misused(err, "--by ") {
		t.Errorf("nobody decided: %v", err)
	}
}

func TestWhatIsNotKnownIsNamed(t *testing.T) {
	f := open(t)
	for _, tc := range []struct {
		command string
		flags   []string
		want    error
	}{
		{"payments accept", nil, usecase.ErrPaymentNotFound},
		{"payments refund", []string{"--reason", "why"}, usecase.ErrPaymentNotFound},
		{"orders refund", []string{"--reason", "why"}, usecase.ErrOrderNotFound},
		{"refunds settle", []string{"--reason", "why", "--by-hand"}, usecase.ErrRefundNotFound},
		{"tasks retry", []string{"deduct"}, usecase.ErrTaskNotFound},
	} {
		stdout, err := f.try(tc.command, append(tc.flags, "X404")...)
		if !errors.Is(err, tc.want) || !names(err, "X404") || stdout != "" {
			t.Errorf("%s: error %v, printed %q", tc.command, err, stdout)
		}
	}
}

func TestAListSaysWhenItMayGoOn(t *testing.T) {
	f := open(t)
	f.orphan("N1", "P1")
	f.orphan("N2", "P2")
	got := f.run("payments list", "--limit", "1")
	if !strings.Contains(got, "P1") || strings.Contains(got, "P2") || !strings.HasSuffix(got, "see --limit.\n") {
		t.Errorf("got\n%s", got)
	}
	if got := f.run("payments list"); strings.Contains(got, "--limit") {
		t.Errorf("got\n%s", got)
	}
	for _, command := range []string{"payments list", "refunds list", "tasks list"} {
		if _, err := f.try(command, "--limit", "0"); !misused(err, "--limit") {
			t.Errorf("%s of nothing: %v", command, err)
		}
	}
}

// names tells whether an error holds all the words.
func names(err error, words ...string) bool {
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			return false
		}
	}
	return true
}

// misused tells whether an error says that a command was called wrongly, and how.
func misused(err error, how string) bool {
	_, ok := errors.AsType[boot.UsageError](err)
	return ok && names(err, how)
}

func TestADeadTaskOfWhichNothingComesIsDropped(t *testing.T) {
	f := open(t)
	const gone = "shop/O1/1"
	lane := usecase.Lane{Kind: domain.TaskNotify, Name: "shop"}
	if err := f.Tasks.Wake(t.Context(), domain.NewTask{Kind: lane.Kind, Ref: gone, Lane: lane.Name}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.try("tasks drop", "--reason", "r", "notify", gone); !errors.Is(err, usecase.ErrTaskNotFound) {
		t.Errorf("dropped while it lives: %v", err)
	}
	end := domain.TaskEnd{Claim: f.claim(lane), State: domain.TaskDead, Reason: "the target is gone"}
	if err := f.Tasks.End(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	if got := f.run("tasks drop", "--reason", "moved away", "notify", gone); got != "notify task "+gone+" is dropped\n" {
		t.Errorf("printed %q", got)
	}
	if got := f.table("tasks list"); got != "None.\n" {
		t.Errorf("still dead:\n%s", got)
	}
	for _, kind := range []string{"deduct", "release", "refund", "anything"} {
		if _, err := f.try("tasks drop", "--reason", "r", kind, gone); !isUsage(err) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := f.try("tasks drop", "notify", gone); !isUsage(err) {
		t.Errorf("without a reason: %v", err)
	}
}

func isUsage(err error) bool {
	_, ok := errors.AsType[boot.UsageError](err)
	return ok
}
