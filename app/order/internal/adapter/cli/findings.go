package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// findingLine is a finding as it is kept.
type findingLine struct {
	ID         int64     `json:"id"`
	Kind       string    `json:"kind"`
	Ref        string    `json:"ref"`
	Order      string    `json:"order,omitempty"`
	Detail     string    `json:"detail"`
	Remedy     string    `json:"remedy,omitempty"`
	FirstSeen  time.Time `json:"firstSeen"`
	LastSeen   time.Time `json:"lastSeen"`
	ResolvedAt time.Time `json:"resolvedAt,omitzero"`
	ResolvedBy string    `json:"resolvedBy,omitempty"`
	Reason     string    `json:"reason,omitempty"`
}

func (l findingLine) cells() []any {
	return []any{l.ID, l.Kind, l.Ref, l.Order, l.FirstSeen, l.LastSeen, l.ResolvedAt, l.Detail}
}

func (l findingLine) next() string { return fmt.Sprintf("--after %d", l.ID) }

func (l findingLine) rows() [][]any {
	return [][]any{
		{"KIND", l.Kind}, {"REF", l.Ref}, {"ORDER", l.Order}, {"WHAT IS WRONG", l.Detail}, {"REPAIRED BY", l.Remedy},
		{"FIRST SEEN", l.FirstSeen}, {"LAST SEEN", l.LastSeen}, {"RESOLVED", l.ResolvedAt}, {"RESOLVED BY", l.ResolvedBy},
		{"REASON", l.Reason},
	}
}

func viewFinding(f domain.KeptFinding) findingLine {
	return findingLine{
		ID: f.ID, Kind: string(f.Kind), Ref: f.Ref, Order: f.Order, Detail: f.Detail, Remedy: string(f.Remedy),
		FirstSeen: f.FirstSeen, LastSeen: f.LastSeen, ResolvedAt: f.ResolvedAt, ResolvedBy: f.ResolvedBy, Reason: f.Reason,
	}
}

func listFindings(open opener) command {
	head := []any{"ID", "KIND", "REF", "ORDER", "FIRST SEEN", "LAST SEEN", "RESOLVED", "WHAT IS WRONG"}
	return command{
		Name: "findings list", Help: "list what reconciliations found damaged and is not resolved",
		Define: func(f *flag.FlagSet) action {
			all := f.Bool("all", false, "also what is resolved")
			kind := f.String("kind", "", "only of the `kind`, as in missing_refund")
			after := f.Int64("after", 0, "only those after the `id`")
			return listing(f, open, head, func(ctx context.Context, d *Desk, limit int) ([]findingLine, error) {
				if err := knownKind(*kind); err != nil {
					return nil, err
				}
				filter := usecase.FindingFilter{Open: !*all, Kind: domain.FindingKind(*kind)}
				findings, err := d.Findings.List(ctx, filter, *after, limit)
				return each(findings, viewFinding), err
			})
		},
	}
}

// knownKind wants an empty kind, or one that there is.
func knownKind(kind string) error {
	if kind == "" {
		return nil
	}
	var known []any
	for _, k := range domain.FindingKinds() {
		if string(k) == kind {
			return nil
		}
		known = append(known, k)
	}
	return unknown("kind", kind, known...)
}

func showFinding(open opener) command {
	return command{
		Name: "findings show", Args: "KIND REF", Help: "show a finding with all that is kept of it",
		Define: func(f *flag.FlagSet) action {
			return showing(f, open, func(ctx context.Context, d *Desk, args []string) (sheet, error) {
				if err := knownKind(args[0]); err != nil {
					return nil, err
				}
				filter := usecase.FindingFilter{Kind: domain.FindingKind(args[0]), Ref: args[1]}
				found, err := d.Findings.List(ctx, filter, 0, 1)
				if err != nil {
					return nil, err
				}
				if len(found) == 0 {
					return nil, fmt.Errorf("%s %s: %w", args[0], args[1], usecase.ErrFindingNotFound)
				}
				return viewFinding(found[0]), nil
			})
		},
	}
}

func resolveFinding(open opener) command {
	return command{
		Name: "findings resolve", Args: "KIND REF", Help: "record that a person settled a finding; it is opened again when it changes",
		Define: func(f *flag.FlagSet) action {
			who, why := by(f), reason(f)
			return func(ctx context.Context, rt *runtime, args []string, stdout io.Writer) error {
				if err := named(who, why); err != nil {
					return err
				}
				if err := knownKind(args[0]); err != nil {
					return err
				}
				d, err := open(rt)
				if err != nil {
					return err
				}
				if err := d.Findings.Settle(ctx, domain.FindingKind(args[0]), args[1], *who, *why); err != nil {
					return fmt.Errorf("%s %s: %w", args[0], args[1], err)
				}
				return done(stdout, "%s %s is resolved\n", args[0], args[1])
			}
		},
	}
}
