package cli_test

import (
	"errors"
	"strings"
	"testing"
	"time"

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

func TestADecisionNeedsANameAndAReason(t *testing.T) {
	f := open(t)
	for command, args := range map[string][]string{
		"payments accept": {"X"}, "payments refund": {"X"}, "orders refund": {"X"}, "refunds settle": {"X"},
		"tasks retry": {"deduct", "X"}, "tasks park": {"deduct", "X"}, "tasks drop": {"notify", "X"},
		"callbacks replay": {"1"},
	} {
		flags := []string{"--by", " "}
		if command != "payments accept" {
			flags = append(flags, "--reason", "why")
		}
		if _, err := f.try(command, append(flags, args...)...); !misused(err, "--by ") {
			t.Errorf("%s without a name: %v", command, err)
		}
		if command == "payments accept" {
			continue
		}
		for _, flags := range [][]string{nil, {"--reason", " "}} {
			if _, err := f.try(command, append(flags, args...)...); !misused(err, "--reason") {
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
		{"tasks show", []string{"deduct"}, usecase.ErrTaskNotFound},
		{"tasks retry", []string{"--reason", "why", "deduct"}, usecase.ErrTaskNotFound},
		{"tasks park", []string{"--reason", "why", "refund"}, usecase.ErrTaskNotFound},
		{"tasks drop", []string{"--reason", "why", "notify"}, usecase.ErrTaskNotFound},
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
	for _, command := range []string{"payments list", "refunds list", "tasks list", "callbacks list"} {
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

func TestScriptsAreGivenWhatPeopleSeeAsJSON(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 999)
	f.orphan("NOBODYS", "P2")
	f.run("payments refund", "--reason", "nobody's", "--by", "bob", "P2")
	var held []struct {
		Payment, HeldAs, Order, Provider, Transaction string
		Amount, Expected                              domain.Money
		Since                                         time.Time
	}
	f.json(&held, "payments list")
	if len(held) != 1 || held[0].Payment != "P1" || held[0].HeldAs != "mismatch" || held[0].Order != order ||
		held[0].Amount.Minor != 999 || held[0].Expected != (domain.Money{Minor: 1000, Currency: "CNY"}) || held[0].Since.IsZero() {
		t.Errorf("payments %+v", held)
	}
	var refunds []struct {
		Refund, State, Source, By, Reason string
		Amount                            domain.Money
	}
	f.json(&refunds, "refunds list")
	if len(refunds) != 1 || refunds[0].Refund != "P2-1" || refunds[0].State != "requested" || refunds[0].By != "bob" ||
		refunds[0].Source != "operator" || refunds[0].Reason != "nobody's" || refunds[0].Amount.Minor != 1000 {
		t.Errorf("refunds %+v", refunds)
	}
	if got := f.run("tasks list", "--json"); got != "[]\n" {
		t.Errorf("no dead tasks are %q", got)
	}
	if got := f.run("payments list", "--json", "--limit", "1"); strings.Contains(got, "There may") {
		t.Errorf("a remark among JSON: %s", got)
	}
}
