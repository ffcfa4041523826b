package cli

import (
	"context"
	"flag"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// taskSheet is a task with what it is about.
type taskSheet struct {
	taskLine

	UpdatedAt time.Time    `json:"updatedAt"`
	Order     *orderPart   `json:"order,omitempty"`
	Payment   *paymentPart `json:"payment,omitempty"`
	Refund    *openRefund  `json:"refund,omitempty"`
	Event     *eventPart   `json:"event,omitempty"`
}

func (s taskSheet) rows() [][]any {
	rows := [][]any{
		{"KIND", s.Kind}, {"REF", s.Ref}, {"LANE", s.Lane}, {"STATE", s.State}, {"TRIES", s.Attempts},
		{"DUE", s.NextAt}, {"SINCE", s.Since}, {"CHANGED", s.UpdatedAt}, {"WHY", s.LastError},
	}
	for _, part := range []interface{ rows() [][]any }{s.Order, s.Payment, s.Event} {
		rows = append(rows, part.rows()...)
	}
	if r := s.Refund; r != nil {
		rows = append(rows, []any{"REFUND", r.Refund}, []any{"REFUND STATE", r.State}, []any{"REFUND MINOR UNITS", r.Amount},
			[]any{"REFUND BEGUN BY", r.Source + " " + r.By}, []any{"REFUND REASON", r.Reason}, []any{"REFUND SINCE", r.Since})
	}
	return rows
}

func showTask(open opener) command {
	return command{
		Name: "tasks show", Args: "KIND REF", Help: "show a task and what it is about",
		Define: func(f *flag.FlagSet) action {
			return showing(f, open, func(ctx context.Context, d *Desk, args []string) (sheet, error) {
				t, err := d.FindTask.Do(ctx, domain.TaskKind(args[0]), args[1])
				if err != nil {
					return nil, err
				}
				return sheetOf(t), nil
			})
		},
	}
}

func sheetOf(t usecase.TaskSubject) taskSheet {
	s := taskSheet{taskLine: viewTask(t.Task), UpdatedAt: t.UpdatedAt}
	if o := t.Order; o != nil {
		s.Order = &orderPart{
			Number: o.Number(), Status: string(o.Status()), Total: amount(o.Total()), Provider: o.Provider(),
			PlacedAt: o.CreatedAt(),
		}
	}
	if p := t.Payment; p != nil {
		s.Payment = &paymentPart{
			Number: p.Number, Disposition: string(p.Disposition), Amount: amount(p.Amount), Provider: p.Provider,
			Transaction: p.TransactionID, ReceivedAt: p.ReceivedAt,
		}
	}
	if t.Refund != nil {
		r := viewRefund(*t.Refund)
		s.Refund = &r
	}
	if e := t.Event; e != nil {
		s.Event = &eventPart{Sequence: e.Sequence, Kind: string(e.Kind), Subject: e.Subject, Note: e.Note, At: e.At}
	}
	return s
}
