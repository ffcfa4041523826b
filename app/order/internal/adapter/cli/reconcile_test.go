package cli_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// emptyStock is a product that knows of no deduction, and of one SKU that somebody
// edited.
type emptyStock struct{}

func (emptyStock) Deductions(context.Context, usecase.StockFilter, int) ([]domain.StockRecord, error) {
	return nil, nil
}

func (emptyStock) Levels(context.Context, string, []string, int) ([]domain.StockLevel, error) {
	return []domain.StockLevel{{SKU: "TEA", Stock: 3, Moved: 4}}, nil
}

// noProviders are none that could be asked.
type noProviders struct{ usecase.PaymentProviders }

func (noProviders) Configured() []string { return nil }

var everything = []string{"--full", "--unchanged-for", "0s"}

func TestAReconciliationPrintsWhatIsDamagedAndEndsWithThree(t *testing.T) {
	f := open(t)
	order := f.order()
	f.pay(order, "P1", 1000)
	f.fulfil(order)
	out, err := f.try("reconcile", everything...)
	if exit, ok := errors.AsType[boot.ExitError](err); !ok || exit != 3 {
		t.Errorf("ended with %v, want 3", err)
	}
	table := gap.ReplaceAllString(out, " | ")
	for _, line := range []string{
		"KIND | REF | ORDER | REPAIR | WHAT IS WRONG\n",
		"missing_deduction | " + order + " | " + order + " | deduct | the order is fulfilled, product has no deduction\n",
		"edited_stock | TEA | - | a person | stock is 3, its movements add up to 4\n",
		"2 found, 0 repairs on their way, 0 orders in motion.\n",
	} {
		if !strings.Contains(table, line) {
			t.Errorf("%q is not in\n%s", line, table)
		}
	}
	var report struct {
		Pass            string
		Found, Repaired int
		Findings        []struct {
			Kind, Ref, Remedy string
			Repaired          bool
		}
	}
	out, err = f.try("reconcile", append(everything, "--repair", "--json")...)
	if !errors.Is(err, boot.ExitError(3)) {
		t.Errorf("ended with %v, want 3", err)
	}
	decode(t, out, &report)
	if report.Pass != "full" || report.Found != 2 || report.Repaired != 1 || !report.Findings[0].Repaired || report.Findings[1].Repaired {
		t.Errorf("report %+v", report)
	}
	if got := f.unfinished(); got != "deduct pending 1" {
		t.Errorf("tasks %s", got)
	}
}

func TestFindingsAreListedShownAndResolved(t *testing.T) {
	f := open(t)
	if _, err := f.try("reconcile", everything...); !errors.Is(err, boot.ExitError(3)) {
		t.Fatal(err)
	}
	if got := f.table("findings list"); !strings.HasSuffix(got, " | edited_stock | TEA | - | NOW | NOW | - | stock is 3, its movements add up to 4\n") {
		t.Errorf("list\n%s", got)
	}
	if got := f.run("findings resolve", "--reason", "counted", "edited_stock", "TEA"); got != "edited_stock TEA is resolved\n" {
		t.Errorf("printed %q", got)
	}
	var shown struct{ Kind, Ref, ResolvedBy, Reason string }
	f.json(&shown, "findings show", "edited_stock", "TEA")
	if shown.ResolvedBy != "ann" || shown.Reason != "counted" {
		t.Errorf("shown %+v", shown)
	}
	if got := f.run("findings list"); got != "None.\n" {
		t.Errorf("still open:\n%s", got)
	}
	if got := f.table("findings list", "--all", "--kind", "edited_stock"); !strings.Contains(got, "TEA") {
		t.Errorf("all\n%s", got)
	}
	if out, err := f.try("reconcile", everything...); err != nil { // what ann settled is no news
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := f.try("findings resolve", "--reason", "again", "edited_stock", "TEA"); !errors.Is(err, usecase.ErrFindingNotFound) {
		t.Errorf("resolved twice: %v", err)
	}
	if _, err := f.try("findings show", "edited_stock", "MUG"); !errors.Is(err, usecase.ErrFindingNotFound) {
		t.Errorf("shown what is not: %v", err)
	}
}

func TestAReconciliationIsCalledRightly(t *testing.T) {
	f := open(t)
	for _, c := range []struct {
		args []string
		word string
	}{
		{[]string{"reconcile", "--full", "--since", time.Now().Format(time.RFC3339)}, "--since"},
		{[]string{"reconcile", "--since", "yesterday"}, "--since"},
		{[]string{"findings list", "--kind", "lost"}, "missing_refund"},
		{[]string{"findings show", "lost", "A"}, "missing_refund"},
		{[]string{"findings resolve", "edited_stock", "TEA"}, "--reason"},
		{[]string{"findings resolve", "--reason", "r", "lost", "A"}, "missing_refund"},
	} {
		if _, err := f.try(c.args[0], c.args[1:]...); !misused(err, c.word) {
			t.Errorf("%q: %v", c.args, err)
		}
	}
}
