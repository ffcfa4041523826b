package usecase

import (
	"context"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const (
	// overlap is how far a pass goes back before where the last one ended: a
	// transaction is stamped before it commits, and the two databases' clocks differ.
	overlap = 10 * time.Minute
	// comparedPage is how many orders are held in memory of each side.
	comparedPage = 1000
	// doubtful is how many orders are looked at once more together.
	doubtful = 200
	// reported is how many findings a report names; all are stored.
	reported = 1000
)

// Reconcile compares what order knows with what product knows, and with what payment
// providers tell.
//
// The two databases are never read at one moment. So a first look at both, page by
// page, only raises a doubt. Who is doubtful is looked at again, fresh: order, then
// product, then order once more. If order says the same before and after, it was so
// when product was read, and what does not hold then is damage.
type Reconcile struct {
	ReconcilePorts
}

// ReconcilePorts is what Reconcile works with.
type ReconcilePorts struct {
	Orders    Orders
	Payments  Payments
	Tasks     Tasks
	Books     Books
	Stock     StockBooks
	Providers PaymentProviders
	Findings  Findings
	Passes    Passes
	Signals   PassSignals
}

// NewReconcile makes the usecase.
func NewReconcile(ports ReconcilePorts) *Reconcile { return &Reconcile{ports} }

// ReconcileOptions is how a pass goes.
type ReconcileOptions struct {
	// Full compares everything, else what changed since the last pass.
	Full bool
	// Since compares what changed then or later instead, and is not kept.
	Since time.Time
	// UnchangedFor leaves alone what changed later than so long ago.
	UnchangedFor time.Duration
	// StuckAfter is how long a task may wait, or a payment be known to its provider alone.
	StuckAfter time.Duration
	// OrphanWindow is how long a payment may wait for its order.
	OrphanWindow time.Duration
	// Repair has the tasks done once more that repair what was found.
	Repair bool
	// Progress, if not nil, is called after every page; its error ends the pass.
	Progress func(Report) error
}

// Report is what a pass did.
type Report struct {
	Kind     PassKind
	Since    time.Time // zero: everything
	Took     time.Duration
	Orders   int // compared on either side
	SKUs     int
	Tasks    int // that were late enough to be looked at
	Asked    int // orders that their provider was asked about
	Unasked  int // of which it did not answer
	Moving   int // doubtful orders that changed while they were looked at; the next pass will
	Found    int
	Repaired int // whose task is on its way
	Findings []RepairedFinding
}

// RepairedFinding is a finding, and whether its repair is on its way.
type RepairedFinding struct {
	domain.Finding

	Repaired bool
}

// pass is one reconciliation under way.
type pass struct {
	*Reconcile
	ReconcileOptions

	start  time.Time // by the database's clock
	window Window
	report Report
}

// Do makes a pass and reports what is damaged. Findings are stored as they are found,
// also when the pass fails later; it may be begun anew at any time.
func (uc *Reconcile) Do(ctx context.Context, options ReconcileOptions) (Report, error) {
	began := time.Now()
	p := &pass{Reconcile: uc, ReconcileOptions: options}
	if err := p.begin(ctx); err != nil {
		return Report{}, err
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"compare orders", p.compareOrders},
		{"compare stock", p.compareStock},
		{"look for stuck tasks", p.lookForStuck},
		{"look for payments without order", p.lookForHomeless},
		{"ask providers", p.askProviders},
		{"look at what was open", p.lookAtOpen},
	} {
		if err := step.do(ctx); err != nil {
			return p.report, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	p.report.Took = time.Since(began)
	if err := p.end(ctx); err != nil {
		return p.report, err
	}
	p.Signals.PassEnded(ctx, p.report)
	return p.report, nil
}

// begin finds out what to compare.
func (p *pass) begin(ctx context.Context) error {
	var err error
	if p.start, err = p.Orders.Now(ctx); err != nil {
		return fmt.Errorf("read clock: %w", err)
	}
	p.window = Window{Since: p.Since, UnchangedFor: p.UnchangedFor}
	p.report.Kind = Full
	if !p.Full {
		p.report.Kind = Incremental
		if p.Since.IsZero() {
			last, err := p.Passes.LastPass(ctx, Incremental)
			if err != nil {
				return fmt.Errorf("find the last pass: %w", err)
			}
			if !last.ComparedUntil.IsZero() {
				p.window.Since = last.ComparedUntil.Add(-overlap)
			}
		}
	}
	p.report.Since = p.window.Since
	return nil
}

// end stores how far the pass came, for the next to go on from there.
func (p *pass) end(ctx context.Context) error {
	if !p.Since.IsZero() {
		return nil
	}
	kinds := []PassKind{Incremental}
	if p.Full {
		kinds = append(kinds, Full)
	}
	for _, kind := range kinds {
		if err := p.Passes.Passed(ctx, kind, p.start.Add(-p.UnchangedFor)); err != nil {
			return fmt.Errorf("store the pass: %w", err)
		}
	}
	return nil
}

// progress tells how far the pass came.
func (p *pass) progress() error {
	if p.Progress == nil {
		return nil
	}
	return p.Progress(p.report)
}

// found stores findings and has the open ones repaired if it shall be. mend repairs one
// and reports whether there was something to do.
func (p *pass) found(
	ctx context.Context, findings []domain.Finding, mend func(context.Context, domain.Finding) (bool, error),
) error {
	if len(findings) == 0 {
		return nil
	}
	open, err := p.Findings.Found(ctx, findings)
	if err != nil {
		return fmt.Errorf("store findings: %w", err)
	}
	for _, f := range open {
		p.Signals.DamageFound(ctx, f)
		p.report.Found++
		var repaired bool
		if p.Repair && f.Remedy != "" {
			if repaired, err = mend(ctx, f); err != nil {
				return fmt.Errorf("repair %s %s: %w", f.Kind, f.Ref, err)
			}
		}
		if repaired {
			p.report.Repaired++
		}
		if len(p.report.Findings) < reported {
			p.report.Findings = append(p.report.Findings, RepairedFinding{f, repaired})
		}
	}
	return nil
}

// ToldByReport is the PassSignals of who reads the report himself.
type ToldByReport struct{}

// DamageFound implements PassSignals.
func (ToldByReport) DamageFound(context.Context, domain.Finding) {}

// PassEnded implements PassSignals.
func (ToldByReport) PassEnded(context.Context, Report) {}
