package usecasetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func runFindings(t *testing.T, open func(t *testing.T) Ports) {
	refund := domain.Finding{Kind: domain.MissingRefund, Ref: "P1", Order: "O1", Detail: "10 EUR", Remedy: domain.TaskRefund}
	edited := domain.Finding{Kind: domain.EditedStock, Ref: "A", Detail: "3, not 4"}
	found := func(t *testing.T, p Ports, findings ...domain.Finding) int {
		t.Helper()
		open, err := p.Findings.Found(t.Context(), findings)
		if err != nil {
			t.Fatal(err)
		}
		return len(open)
	}
	list := func(t *testing.T, p Ports, f usecase.FindingFilter, after int64) []domain.KeptFinding {
		t.Helper()
		kept, err := p.Findings.List(t.Context(), f, after, 10)
		if err != nil {
			t.Fatal(err)
		}
		return kept
	}
	settle := func(t *testing.T, p Ports, f domain.Finding) {
		t.Helper()
		if err := p.Findings.Settle(t.Context(), f.Kind, f.Ref, "ann", "counted"); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("a finding is kept once however often it is seen", func(t *testing.T) {
		p := open(t)
		if n := found(t, p, refund, edited); n != 2 {
			t.Errorf("%d are open, want 2", n)
		}
		first := list(t, p, usecase.FindingFilter{Open: true}, 0)
		changed := refund
		changed.Detail = strings.Repeat("é", 600)
		if n := found(t, p, changed); n != 1 {
			t.Errorf("%d are open, want 1", n)
		}
		again := list(t, p, usecase.FindingFilter{Open: true}, 0)
		if len(first) != 2 || len(again) != 2 || first[0].Finding != refund || first[1].Finding != edited {
			t.Fatalf("kept %+v, then %+v", first, again)
		}
		if a, b := first[0], again[0]; !b.FirstSeen.Equal(a.FirstSeen) || b.LastSeen.Before(a.LastSeen) || b.ID != a.ID ||
			len(b.Detail) > 500 || !strings.HasPrefix(b.Detail, "éé") {
			t.Errorf("first %+v, then %+v", a, b)
		}
		if rest := list(t, p, usecase.FindingFilter{}, again[0].ID); len(rest) != 1 || rest[0].Ref != edited.Ref {
			t.Errorf("after the first %+v", rest)
		}
	})
	t.Run("a finding that many come upon at once is kept once", func(t *testing.T) {
		p := open(t)
		parallel(t, 8, func(int) error {
			_, err := p.Findings.Found(t.Context(), []domain.Finding{refund})
			return err
		})
		if kept := list(t, p, usecase.FindingFilter{}, 0); len(kept) != 1 {
			t.Errorf("kept %+v", kept)
		}
	})
	t.Run("open findings are counted by kind", func(t *testing.T) {
		p := open(t)
		other := refund
		other.Ref = "P2"
		found(t, p, refund, other, edited)
		settle(t, p, edited)
		counts, err := p.Findings.Open(t.Context())
		if err != nil || len(counts) != 1 || counts[domain.MissingRefund] != 2 {
			t.Errorf("counts %v, %v", counts, err)
		}
	})
	t.Run("what is in order again is opened anew when it is not", func(t *testing.T) {
		p := open(t)
		found(t, p, refund)
		kept := list(t, p, usecase.FindingFilter{Kind: refund.Kind, Ref: refund.Ref}, 0)[0]
		if err := p.Findings.InOrder(t.Context(), kept.ID); err != nil {
			t.Fatal(err)
		}
		if resolved := list(t, p, usecase.FindingFilter{}, 0)[0]; resolved.ResolvedAt.IsZero() || resolved.ResolvedBy != "" {
			t.Errorf("resolved %+v", resolved)
		}
		if n := found(t, p, refund); n != 1 {
			t.Errorf("%d are open, want 1", n)
		}
		if again := list(t, p, usecase.FindingFilter{Open: true}, 0); len(again) != 1 || again[0].FirstSeen.Before(kept.FirstSeen) {
			t.Errorf("opened anew %+v", again)
		}
	})
	t.Run("what a person settled stays so until it is another damage", func(t *testing.T) {
		p := open(t)
		found(t, p, edited)
		settle(t, p, edited)
		if n := found(t, p, edited); n != 0 {
			t.Errorf("%d are open, want none", n)
		}
		kept := list(t, p, usecase.FindingFilter{}, 0)[0]
		if kept.ResolvedBy != "ann" || kept.Reason != "counted" || kept.ResolvedAt.IsZero() {
			t.Errorf("kept %+v", kept)
		}
		err := p.Findings.Settle(t.Context(), edited.Kind, edited.Ref, "bob", "again")
		if !errors.Is(err, usecase.ErrFindingNotFound) {
			t.Errorf("settled twice: %v", err)
		}
		worse := edited
		worse.Detail = "2, not 4"
		if n := found(t, p, worse); n != 1 {
			t.Errorf("%d are open, want 1", n)
		}
	})
	t.Run("findings that were not seen since are told apart", func(t *testing.T) {
		p := open(t)
		found(t, p, refund)
		seen := list(t, p, usecase.FindingFilter{}, 0)[0].LastSeen
		if old := list(t, p, usecase.FindingFilter{SeenBefore: seen.Add(time.Second)}, 0); len(old) != 1 {
			t.Errorf("seen before later %+v", old)
		}
		if old := list(t, p, usecase.FindingFilter{SeenBefore: seen}, 0); len(old) != 0 {
			t.Errorf("seen before then %+v", old)
		}
	})
}
