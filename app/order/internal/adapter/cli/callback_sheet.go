package cli

import (
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// evidence is said before the headers: they open nothing, but are not for everybody.
const evidence = "as they arrived, signatures and all: evidence, share it with care"

// callbackSheet is a kept notice with how it arrived and what was answered.
type callbackSheet struct {
	callbackLine

	PaidAt       time.Time    `json:"paidAt,omitzero"`
	Refund       *refundPart  `json:"refund,omitempty"`
	ReplayReason string       `json:"replayReason,omitempty"`
	Headers      []headerPart `json:"headers"`
	// One of the two: the bytes are text, or they are not.
	Body       string      `json:"body,omitempty"`
	BodyBase64 string      `json:"bodyBase64,omitempty"`
	Answer     *answerPart `json:"answer,omitempty"`

	raw []byte
}

type refundPart struct {
	Number     string `json:"number,omitempty"` // ours
	Ref        string `json:"ref,omitempty"`    // the provider's
	State      string `json:"state"`
	Cumulative bool   `json:"cumulative,omitempty"`
	Chargeback bool   `json:"chargeback,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

type headerPart struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type answerPart struct {
	Status      int    `json:"status"`
	ContentType string `json:"contentType"`
	Body        string `json:"body"`
}

func showCallback(open opener) command {
	return command{
		Name: "callbacks show", Args: "ID", Help: "show a notice with its headers and body, and what was answered",
		Define: func(f *flag.FlagSet) action {
			return showing(f, open, func(ctx context.Context, d *Desk, args []string) (sheet, error) {
				id, err := callbackID(args[0])
				if err != nil {
					return nil, err
				}
				c, err := d.Callbacks.Find(ctx, id)
				if err != nil {
					return nil, fmt.Errorf("find callback %d: %w", id, err)
				}
				return callbackSheetOf(c), nil
			})
		},
	}
}

func callbackSheetOf(c domain.KeptCallback) callbackSheet {
	s := callbackSheet{callbackLine: viewCallback(c), PaidAt: c.PaidAt, Headers: []headerPart{}, raw: c.Delivery.Body}
	if r := c.Refund; r != nil {
		s.Refund = &refundPart{
			Number: r.Number, Ref: r.Ref, State: string(r.State),
			Cumulative: r.Cumulative, Chargeback: r.Chargeback, Reason: r.Reason,
		}
	}
	if r := c.Delivery.Replay; r != nil {
		s.ReplayReason = r.Reason
	}
	for _, h := range c.Delivery.Headers {
		s.Headers = append(s.Headers, headerPart(h))
	}
	if utf8.Valid(c.Delivery.Body) {
		s.Body = string(c.Delivery.Body)
	} else {
		s.BodyBase64 = base64.StdEncoding.EncodeToString(c.Delivery.Body)
	}
	if a := c.Delivery.Answer; a.Status != 0 {
		s.Answer = &answerPart{Status: a.Status, ContentType: a.ContentType, Body: a.Body}
	}
	return s
}

func (s callbackSheet) rows() [][]any {
	rows := [][]any{
		{"ID", s.ID}, {"AT", s.At}, {"PROVIDER", s.Provider}, {"VERDICT", s.Verdict}, {"PROBLEM", s.Problem},
		{"ORDER", s.Order}, {"TRANSACTION", s.Transaction}, {"MINOR UNITS", s.Amount}, {"STATE", s.State},
		{"PAID", s.PaidAt},
	}
	if r := s.Refund; r != nil {
		rows = append(rows, []any{"REFUND", r.Number}, []any{"REFUND AT PROVIDER", r.Ref}, []any{"REFUND STATE", r.State},
			[]any{"REFUND IS THE SUM", r.Cumulative}, []any{"REFUND IS CHARGEBACK", r.Chargeback}, []any{"REFUND REASON", r.Reason})
	}
	if s.ReplayOf != 0 {
		rows = append(rows, []any{"REPLAY OF", s.ReplayOf}, []any{"REPLAYED BY", s.ReplayedBy}, []any{"REPLAY REASON", s.ReplayReason})
	}
	if a := s.Answer; a != nil {
		rows = append(rows, []any{"ANSWERED", a.Status}, []any{"ANSWER TYPE", a.ContentType}, []any{"ANSWER BODY", a.Body})
	}
	if len(s.Headers) > 0 {
		rows = append(rows, []any{"HEADERS", evidence})
	}
	for _, h := range s.Headers {
		rows = append(rows, []any{"HEADER " + h.Name, h.Value})
	}
	return rows
}

// body is the body for a terminal: as it is when it is text that cannot steer it.
func (s callbackSheet) body() string {
	steers := func(r rune) bool { return !unicode.IsGraphic(r) && !strings.ContainsRune("\n\t", r) }
	switch {
	case len(s.raw) == 0:
		return "BODY   -\n"
	case !utf8.Valid(s.raw) || strings.ContainsFunc(string(s.raw), steers):
		return "BODY, in base64\n" + base64.StdEncoding.EncodeToString(s.raw) + "\n"
	}
	return "BODY\n" + strings.TrimSuffix(string(s.raw), "\n") + "\n"
}
