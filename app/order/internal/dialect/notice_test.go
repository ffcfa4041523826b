package dialect_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

func TestOnlyWhatCanBeKeptIsAnIdentifier(t *testing.T) {
	long := strings.Repeat("x", domain.MaxIdentifier)
	for text, want := range map[string]string{"O1": "O1", long: long, long + "x": "", "": "", "O 1": "", "O1 ": "", "é": "", "O\n": ""} {
		if got := dialect.Identifier(text); got != want {
			t.Errorf("%q reads %q", text, got)
		}
	}
}

func TestAVerdictKeepsWhatWasReadSoFar(t *testing.T) {
	read := domain.Notice{OrderNumber: "O1", TransactionID: "t1", State: "S", Amount: domain.Money{Minor: 1, Currency: "CNY"}}
	for verdict, judge := range map[domain.Verdict]func(domain.Notice, string) domain.Notice{
		domain.VerdictUnreadable: dialect.Unreadable, domain.VerdictForeign: dialect.Foreign, domain.VerdictNotPaid: dialect.NotPaid,
	} {
		want := read
		want.Verdict, want.Problem = verdict, "field: rule"
		if got := judge(read, "field: rule"); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", verdict, got)
		}
	}
}
