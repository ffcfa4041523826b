package cli_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
	"github.com/stockonce/stockonce/app/order/internal/usecase/usecasetest"
)

var deduct = usecase.Lane{Kind: domain.TaskDeduct}

func TestADeadTaskIsListedInOneLineAndCanBeRetried(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 1000)
	f.die(deduct, "panic:\x1b[2J\n\tat   work\u202e")
	want := "KIND | REF | LANE | STATE | TRIES | DUE | SINCE | WHY\n" +
		"deduct | " + order + " | - | dead | 0 | - | NOW | panic: [2J at work\n"
	if got := f.table("tasks list"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := f.run("tasks retry", "--reason", "repaired", "deduct", order); got != "deduct task "+order+" is due again\n" {
		t.Errorf("printed %q", got)
	}
	if got := f.table("tasks list"); got != "None.\n" {
		t.Errorf("still dead:\n%s", got)
	}
	if history := f.history(order); !slices.Contains(history, "task_retried deduct by ann: repaired") {
		t.Errorf("the history says %q", history)
	}
	if again := f.claim(deduct); again.Ref != order {
		t.Errorf("claimed %+v", again)
	}
	_, err := f.try("tasks retry", "--reason", "r", "deduct", order)
	if !errors.Is(err, usecase.ErrTaskState) || !names(err, "deduct", order, "pending") {
		t.Errorf("retried while it is not dead: %v", err)
	}
}

func TestATaskIsParkedUntilItIsRetriedAndTheHistorySaysWhoAndWhy(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 1000)
	f.fulfil(order)
	f.run("orders refund", "--no-restock", "--reason", "lost", order)
	if got := f.run("tasks park", "--reason", "the bank is closed", "--by", "bob", "refund", "P1-1"); got != "refund task P1-1 is parked\n" {
		t.Errorf("printed %q", got)
	}
	if got := f.unfinished(); got != "refund/standard dead 1" {
		t.Errorf("tasks %s", got)
	}
	want := "refund | P1-1 | standard | dead | 0 | - | NOW | parked by bob: the bank is closed\n"
	if got := f.table("tasks list"); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	f.run("tasks retry", "--reason", "it is open", "refund", "P1-1")
	if got := f.unfinished(); got != "refund/standard pending 1" {
		t.Errorf("tasks %s", got)
	}
	history := f.history(order)
	for _, entry := range []string{"task_parked P1-1 by bob: the bank is closed", "task_retried P1-1 by ann: it is open"} {
		if !slices.Contains(history, entry) {
			t.Errorf("%q is not in the history %q", entry, history)
		}
	}
}

func TestADecisionAboutATaskWithoutAnOrderIsKeptInTheTask(t *testing.T) {
	f := open(t)
	f.orphan("NOBODYS", "P1")
	early := usecasetest.Notice("EARLY", "tx9")
	early.Refund = &domain.RefundNotice{Ref: "re_1", State: domain.RefundConfirmed}
	if err := f.Payments.HoldRefund(t.Context(), domain.Callback{Notice: early, Verdict: domain.VerdictOrphan}); err != nil {
		t.Fatal(err)
	}
	parked := func(kind, ref string) {
		t.Helper()
		f.run("tasks park", "--reason", "asking the shop", kind, ref)
		task, err := f.Tasks.Find(t.Context(), domain.TaskKind(kind), ref)
		if err != nil || task.LastError != "parked by ann: asking the shop" {
			t.Errorf("task %+v, %v", task, err)
		}
	}
	parked("query_payment", "NOBODYS") // a payment names it
	parked("query_payment", "EARLY")   // nothing does
	f.run("payments refund", "--reason", "nobody's", "P1")
	parked("refund", "P1-1")
}

func TestADeadTaskOfWhichNothingComesIsDropped(t *testing.T) {
	f := open(t)
	order := f.order()
	gone := domain.NotifyRef("shop", order, 1)
	lane := usecase.Lane{Kind: domain.TaskNotify, Name: "shop"}
	if err := f.Tasks.Wake(t.Context(), domain.NewTask{Kind: lane.Kind, Ref: gone, Lane: lane.Name}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.try("tasks drop", "--reason", "r", "notify", gone); !errors.Is(err, usecase.ErrTaskState) {
		t.Errorf("dropped while it lives: %v", err)
	}
	f.die(lane, "the target is gone")
	if got := f.run("tasks drop", "--reason", "moved away", "notify", gone); got != "notify task "+gone+" is dropped\n" {
		t.Errorf("printed %q", got)
	}
	if got := f.table("tasks list"); got != "None.\n" {
		t.Errorf("still dead:\n%s", got)
	}
	task, err := f.Tasks.Find(t.Context(), lane.Kind, gone)
	if err != nil || task.LastError != "dropped by ann: moved away; before: the target is gone" {
		t.Errorf("task %+v, %v", task, err)
	}
	if history := f.history(order); len(history) != 1 {
		t.Errorf("what a target is not told became one more event: %q", history)
	}
	for _, kind := range []string{"deduct", "release", "refund"} {
		if _, err := f.try("tasks drop", "--reason", "r", kind, gone); !misused(err, "cannot be dropped") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestTasksAreListedByStateKindAndAge(t *testing.T) {
	f := open(t)
	first, second := f.order(), f.order()
	f.pay(first, "P1", 1000)
	f.pay(second, "P2", 1000)
	f.run("tasks park", "--reason", "r", "deduct", first)
	for _, tc := range []struct {
		flags []string
		want  []string
	}{
		{nil, []string{first}},
		{[]string{"--state", "pending", "--kind", "deduct"}, []string{second}},
		{[]string{"--state", "pending", "--kind", "release"}, nil},
		{[]string{"--older", "1h"}, nil},
	} {
		var tasks []struct{ Kind, Ref, State string }
		f.json(&tasks, "tasks list", tc.flags...)
		var refs []string
		for _, task := range tasks {
			refs = append(refs, task.Ref)
		}
		if !slices.Equal(refs, tc.want) {
			t.Errorf("%v: %+v, want %v", tc.flags, tasks, tc.want)
		}
	}
	for _, flags := range [][]string{{"--state", "done"}, {"--older", "-1h"}} {
		if _, err := f.try("tasks list", flags...); !misused(err, strings.TrimPrefix(flags[0], "--")) {
			t.Errorf("%v: %v", flags, err)
		}
	}
}

func TestATaskIsShownWithWhatItIsAbout(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 1000)
	f.pay(order, "P2", 1000)
	want := []string{
		"KIND | refund", "REF | P2-1", "LANE | standard", "STATE | pending", "TRIES | 0", "DUE | NOW", "WHY | -",
		"ORDER | " + order, "ORDER STATUS | paid", "PAYMENT | P2", "PAYMENT DISPOSITION | duplicate", "PAYMENT TRANSACTION | tx-P2",
		"REFUND | P2-1", "REFUND BEGUN BY | service",
	}
	got := strings.Split(f.table("tasks show", "refund", "P2-1"), "\n")
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%q is not in\n%s", line, strings.Join(got, "\n"))
		}
	}
	var shown struct {
		Kind, Ref, State string
		Order            struct {
			Number, Status string
			Total          domain.Money
		}
		Payment *struct{ Number string }
		Refund  *struct{ Refund string }
	}
	f.json(&shown, "tasks show", "deduct", order)
	if shown.Ref != order || shown.Order.Status != "paid" || shown.Order.Total.Minor != 1000 ||
		shown.Payment == nil || shown.Payment.Number != "P1" || shown.Refund != nil {
		t.Errorf("shown %+v", shown)
	}
}

func TestANotifyTaskIsShownWithItsEvent(t *testing.T) {
	f := open(t)
	order := f.order()
	for _, ref := range []string{domain.NotifyRef("shop", order, 1), domain.NotifyRef("shop", "X404", 1), "shop"} {
		if err := f.Tasks.Wake(t.Context(), domain.NewTask{Kind: domain.TaskNotify, Ref: ref, Lane: "shop"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.table("tasks show", "notify", domain.NotifyRef("shop", order, 1)); !strings.Contains(got, "EVENT | 1\nEVENT KIND | placed\n") {
		t.Errorf("got\n%s", got)
	}
	for _, ref := range []string{domain.NotifyRef("shop", "X404", 1), "shop"} {
		if got := f.table("tasks show", "notify", ref); !strings.Contains(got, "REF | "+ref+"\n") || strings.Contains(got, "EVENT") {
			t.Errorf("got\n%s", got)
		}
	}
}
