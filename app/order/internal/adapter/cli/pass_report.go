package cli

import (
	"io"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// passReport is what a pass compared and found.
type passReport struct {
	Pass     usecase.PassKind `json:"pass"`
	Since    time.Time        `json:"since,omitzero"`
	Took     string           `json:"took"`
	Orders   int              `json:"orders"`
	SKUs     int              `json:"skus"`
	Asked    int              `json:"asked"`
	Unasked  int              `json:"unasked"`
	Moving   int              `json:"moving"`
	Found    int              `json:"found"`
	Repaired int              `json:"repaired"`
	Findings []passFinding    `json:"findings"`
}

// passFinding is what a pass found.
type passFinding struct {
	Kind     string `json:"kind"`
	Ref      string `json:"ref"`
	Order    string `json:"order,omitempty"`
	Detail   string `json:"detail"`
	Remedy   string `json:"remedy,omitempty"` // the task that would repair it; none: a person
	Repaired bool   `json:"repaired"`
}

func (f passFinding) cells() []any {
	return []any{f.Kind, f.Ref, f.Order, f.repair(), f.Detail}
}

func (f passFinding) repair() string {
	switch {
	case f.Remedy == "":
		return "a person"
	case f.Repaired:
		return f.Remedy + " is on its way"
	}
	return f.Remedy
}

func viewPass(r usecase.Report) passReport {
	p := passReport{
		Pass: r.Kind, Since: r.Since, Took: r.Took.Round(time.Millisecond).String(), Orders: r.Orders, SKUs: r.SKUs,
		Asked: r.Asked, Unasked: r.Unasked, Moving: r.Moving, Found: r.Found, Repaired: r.Repaired, Findings: []passFinding{},
	}
	for _, f := range r.Findings {
		p.Findings = append(p.Findings, passFinding{
			Kind: string(f.Kind), Ref: f.Ref, Order: f.Order, Detail: f.Detail, Remedy: string(f.Remedy), Repaired: f.Repaired,
		})
	}
	return p
}

// write prints the report for people.
func (p passReport) write(stdout io.Writer) error {
	if len(p.Findings) > 0 {
		rows := [][]any{{"KIND", "REF", "ORDER", "REPAIR", "WHAT IS WRONG"}}
		for _, f := range p.Findings {
			rows = append(rows, f.cells())
		}
		if err := writeTable(stdout, rows); err != nil {
			return err
		}
	}
	if left := p.Found - len(p.Findings); left > 0 {
		if err := done(stdout, "And %d more: see `order findings list`.\n", left); err != nil {
			return err
		}
	}
	what := "everything"
	if !p.Since.IsZero() {
		what = "what changed since " + at(p.Since)
	}
	return done(stdout, "Compared %s in %s: %d orders, %d SKUs; asked providers about %d orders, %d got no answer. "+
		"%d found, %d repairs on their way, %d orders in motion.\n",
		what, p.Took, p.Orders, p.SKUs, p.Asked, p.Unasked, p.Found, p.Repaired, p.Moving)
}
