package cli_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
	"github.com/stockonce/stockonce/app/order/internal/usecase/usecasetest"
)

// keep stores a notice of an order with a verdict and returns its callback's id.
func (f *office) keep(n domain.Notice, v domain.Verdict) int64 {
	f.t.Helper()
	if err := f.Payments.Keep(f.t.Context(), domain.Callback{Notice: n, Verdict: v}); err != nil {
		f.t.Fatal(err)
	}
	return f.newest().ID
}

// newest is the callback that was kept last.
func (f *office) newest() domain.KeptCallback {
	f.t.Helper()
	kept, err := f.Callbacks.List(f.t.Context(), usecase.CallbackFilter{}, 0, 1)
	if err != nil || len(kept) != 1 {
		f.t.Fatalf("callbacks %+v, %v", kept, err)
	}
	return kept[0]
}

func TestCallbacksAreListedNewestFirstAndTheListSaysHowItGoesOn(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 1000)
	f.orphan("NOBODYS", "P2")
	bad := usecasetest.Notice("", "")
	bad.Amount, bad.State, bad.Problem = domain.Money{}, "", "amount: is 1.00"
	f.keep(bad, domain.VerdictUnreadable)
	want := "ID | AT | PROVIDER | VERDICT | ORDER | TRANSACTION | MINOR UNITS | STATE | ANSWERED | REMARK\n" +
		"3 | NOW | standard | unreadable | - | - | 0 | - | 200 | amount: is 1.00\n" +
		"2 | NOW | standard | orphan | NOBODYS | tx-P2 | 1000 CNY | paid | 200 | -\n" +
		"1 | NOW | standard | winner | " + order + " | tx-P1 | 1000 CNY | paid | 200 | -\n"
	if got := f.table("callbacks list"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := f.run("callbacks list", "--limit", "2"); !strings.HasSuffix(got, "go on with --before 2.\n") {
		t.Errorf("got\n%s", got)
	}
	for _, tc := range []struct {
		flags []string
		want  []int64
	}{
		{[]string{"--before", "2"}, []int64{1}},
		{[]string{"--order", order}, []int64{1}},
		{[]string{"--verdict", "unreadable"}, []int64{3}},
		{[]string{"--provider", "stripe"}, []int64{}},
		{[]string{"--since", "1h", "--verdict", "orphan"}, []int64{2}},
		{[]string{"--since", "2999-01-01T00:00:00Z"}, []int64{}},
	} {
		var listed []struct{ ID int64 }
		f.json(&listed, "callbacks list", tc.flags...)
		ids := []int64{}
		for _, c := range listed {
			ids = append(ids, c.ID)
		}
		if fmt.Sprint(ids) != fmt.Sprint(tc.want) {
			t.Errorf("%v: %v, want %v", tc.flags, ids, tc.want)
		}
	}
	if _, err := f.try("callbacks list", "--since", "yesterday"); !misused(err, "yesterday") {
		t.Errorf("error %v", err)
	}
}

func TestACallbackIsShownAsItArrivedAndCannotSteerTheTerminal(t *testing.T) {
	f := open(t)
	n := usecasetest.Notice("O1", "tx1")
	n.Delivery.Body = []byte("{\n  \"a\": \"é\"\n}\n")
	plain := f.keep(n, domain.VerdictNotPaid)
	n.Delivery.Body = []byte("\x1b[2J")
	evil := f.keep(n, domain.VerdictNotPaid)
	n.Delivery.Body = []byte{0xff, 0xfe}
	binary := f.keep(n, domain.VerdictNotPaid)

	got := f.table("callbacks show", fmt.Sprint(plain))
	for _, part := range []string{
		"VERDICT | not_paid\n", "PAID | NOW\n", "ANSWERED | 200\n", "HEADERS | as they arrived, signatures and all",
		"HEADER Webhook-Id | msg_1\n", "BODY\n{\n  \"a\": \"é\"\n}\n",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is not in\n%s", part, got)
		}
	}
	for id, want := range map[int64]string{evil: "BODY, in base64\nG1sySg==\n", binary: "BODY, in base64\n//4=\n"} {
		if got := f.run("callbacks show", fmt.Sprint(id)); !strings.HasSuffix(got, want) {
			t.Errorf("got\n%s", got)
		}
	}
	for id, want := range map[int64][2]string{plain: {"{\n  \"a\": \"é\"\n}\n", ""}, evil: {"\x1b[2J", ""}, binary: {"", "//4="}} {
		var shown struct {
			Body, BodyBase64 string
			Headers          []struct{ Name, Value string }
			Answer           struct{ Status int }
		}
		f.json(&shown, "callbacks show", fmt.Sprint(id))
		if [2]string{shown.Body, shown.BodyBase64} != want || len(shown.Headers) != 1 || shown.Headers[0].Value != "msg_1" || shown.Answer.Status != 200 {
			t.Errorf("callback %d: %+v", id, shown)
		}
	}
}

func TestANoticeThatCameBeforeItsOrderIsJudgedAgainAndPaysOnce(t *testing.T) {
	f := open(t)
	order := f.order()
	n := usecasetest.Notice(order, "tx1")
	id := f.keep(n, domain.VerdictOrphan)
	replay := func(want string) {
		t.Helper()
		got := f.run("callbacks replay", "--reason", "the order was restored", fmt.Sprint(id))
		if got != fmt.Sprintf("callback %d: judged again, %s\n", id, want) {
			t.Errorf("printed %q, want %s", got, want)
		}
	}
	replay("winner")
	if got := f.status(order); got != domain.Paid {
		t.Errorf("the order is %s", got)
	}
	if got := f.unfinished(); got != "deduct pending 1" {
		t.Errorf("tasks %s", got)
	}
	replay("replay")
	o, err := f.Orders.Find(t.Context(), order)
	if err != nil || len(o.Payments()) != 1 || len(o.Refunds()) != 0 {
		t.Errorf("payments %+v, refunds %+v, %v", o.Payments(), o.Refunds(), err)
	}
	want := domain.Replay{Of: id, By: "ann", Reason: "the order was restored"}
	if last := f.newest(); last.ID != id+2 || last.Delivery.Replay == nil || *last.Delivery.Replay != want || last.Delivery.Answer.Status != 0 {
		t.Errorf("kept %+v", last)
	}
	if got := f.table("callbacks list", "--limit", "1"); !strings.Contains(got, fmt.Sprintf("| - | replay of %d by ann\n", id)) {
		t.Errorf("got\n%s", got)
	}
	got := f.table("callbacks show", fmt.Sprint(id+1))
	for _, part := range []string{fmt.Sprintf("REPLAY OF | %d\nREPLAYED BY | ann\nREPLAY REASON | the order was restored\n", id), "BODY\n" + string(n.Delivery.Body)} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is not in\n%s", part, got)
		}
	}
	if strings.Contains(got, "HEADERS") || strings.Contains(got, "ANSWERED") {
		t.Errorf("nothing arrived and nothing was answered, but:\n%s", got)
	}
}

func TestAChargebackThatIsReplayedIsStillAChargeback(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 1000)
	f.fulfil(order)
	n := usecasetest.Notice(order, "tx-P1")
	n.Refund = &domain.RefundNotice{Ref: "dp_1", State: domain.RefundConfirmed, Chargeback: true}
	id := f.keep(n, domain.VerdictOrphan)
	if got := f.run("callbacks replay", "--reason", "lost sight of", fmt.Sprint(id)); !strings.HasSuffix(got, ", refund\n") {
		t.Errorf("printed %q", got)
	}
	if r := f.refund("P1-1"); r.Source != domain.SourceChargeback || r.State != domain.RefundConfirmed || r.Ref != "dp_1" {
		t.Errorf("refund %+v", r)
	}
}

func TestANoticeWithNothingToJudgeIsNotReplayedAndItIsSaidWhy(t *testing.T) {
	f := open(t)
	n := usecasetest.Notice("O1", "tx1")
	n.Problem = "amount: is 1.00"
	for verdict, why := range map[domain.Verdict]string{
		domain.VerdictUnreadable: "amount: is 1.00", domain.VerdictForeign: "another merchant",
		domain.VerdictNotPaid: "no money arrived", "from the future": "does not know",
	} {
		id := f.keep(n, verdict)
		_, err := f.try("callbacks replay", "--reason", "r", fmt.Sprint(id))
		if !errors.Is(err, domain.ErrNotReplayable) || !names(err, why, fmt.Sprint(id)) {
			t.Errorf("%s: %v", verdict, err)
		}
		if f.newest().ID != id {
			t.Errorf("%s: something was kept", verdict)
		}
	}
}

func TestACallbackIsNamedByItsNumber(t *testing.T) {
	f := open(t)
	for command, flags := range map[string][]string{"callbacks show": nil, "callbacks replay": {"--reason", "r"}} {
		for _, id := range []string{"tx1", "0", "-1"} {
			if _, err := f.try(command, slices.Concat(flags, []string{"--", id})...); !misused(err, id) {
				t.Errorf("%s %s: %v", command, id, err)
			}
		}
		if _, err := f.try(command, slices.Concat(flags, []string{"404"})...); !errors.Is(err, usecase.ErrCallbackNotFound) {
			t.Errorf("%s: %v", command, err)
		}
	}
}
