package domain

import "testing"

// The whole truth table: every status against every trigger. "" means: cannot happen.
func TestStatusMoves(t *testing.T) {
	triggers := []trigger{cancel, expire, win, deduct, refuse, askRefund, refundedInFull}
	table := map[Status][]Status{
		//             cancel     expire     win   deduct     refuse         askRefund  refundedInFull
		Created:       {Cancelled, Cancelled, Paid, "", "", "", ""},
		Cancelled:     {"", "", "", "", "", "", ""},
		Paid:          {"", "", "", Fulfilled, Unfulfillable, Refunding, ""},
		Fulfilled:     {"", "", "", "", "", Refunding, ""},
		Unfulfillable: {"", "", "", "", "", "", Refunded},
		Refunding:     {"", "", "", "", "", "", Refunded},
		Refunded:      {"", "", "", "", "", "", ""},
	}
	if len(table) != len(Statuses()) || len(moves) != len(Statuses()) {
		t.Fatalf("%d statuses, %d in the table, %d in moves", len(Statuses()), len(table), len(moves))
	}
	for status, row := range table {
		for i, want := range row {
			got, ok := status.after(triggers[i])
			if got != want || ok != (want != "") {
				t.Errorf("%s on %s: %q %t, want %q", status, triggers[i], got, ok, want)
			}
		}
	}
}

func TestParseStatus(t *testing.T) {
	for _, s := range Statuses() {
		if got, err := ParseStatus(string(s)); err != nil || got != s {
			t.Errorf("%s: %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "Created", "shipped"} {
		if _, err := ParseStatus(s); err == nil {
			t.Errorf("%q is taken for a status", s)
		}
	}
}
