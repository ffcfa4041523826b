package sim

import (
	"context"
	"errors"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

// execute does what a call asks for, as far as the fault lets it.
func (s *Server) execute(ctx context.Context, d dialect.Dialect, c dialect.Call, fault FaultKind) dialect.Result {
	switch {
	case fault == NotFound && c.Operation == dialect.RefundQuery:
		return dialect.Result{Err: book.ErrUnknownRefund}
	case fault == NotFound:
		return dialect.Result{Err: book.ErrUnknownPayment}
	case fault == AlreadyRefunded:
		return dialect.Result{Err: book.ErrRefunded}
	}
	var res dialect.Result
	switch c.Operation {
	case dialect.Refund:
		res = s.refund(ctx, d, c, fault)
	case dialect.RefundQuery:
		res = s.findRefund(d, c)
	case dialect.Query:
		res.Payments, res.Err = s.find(d, c)
	case dialect.Close:
		res = s.close(d, c)
	}
	distort(c.Operation, &res, fault)
	return res
}

// find returns the payments that a call names, the one that counts first.
func (s *Server) find(d dialect.Dialect, c dialect.Call) ([]book.Payment, error) {
	if c.TransactionID == "" {
		return s.book.OfOrder(d.Name(), c.OrderNumber)
	}
	p, err := s.book.Payment(d.Name(), c.TransactionID)
	if err != nil || (c.OrderNumber != "" && p.OrderNumber != c.OrderNumber) {
		return nil, book.ErrUnknownPayment
	}
	return []book.Payment{p}, nil
}

func (s *Server) refund(ctx context.Context, d dialect.Dialect, c dialect.Call, fault FaultKind) (res dialect.Result) {
	if res.Payments, res.Err = s.find(d, c); res.Err != nil {
		return res
	}
	p, now := res.Payments[0], time.Now()
	r := c.Refund
	if (c.Paid != 0 && c.Paid != p.Amount) || (r.Currency != "" && r.Currency != p.Currency) {
		res.Err = book.ErrConflict
		return res
	}
	r.Provider, r.TransactionID, r.ID, r.State = d.Name(), p.TransactionID, d.NewRefundID(now), book.RefundConfirmed
	switch {
	case fault == Pending:
		r.State = book.RefundPending
	case fault == Failed:
		r.State, r.Failure = book.RefundFailed, "refused by paysim"
	case s.options.RefundDelay > 0:
		r.State, r.Due = book.RefundPending, now.Add(s.options.RefundDelay)
	}
	made, repeated, err := s.book.Refund(r, now)
	if err != nil {
		res.Err = err
		return res
	}
	res.Refunds, res.Repeated = []book.Refund{made}, repeated
	if !repeated {
		s.logRefund(ctx, made)
		if made.State == book.RefundPending {
			s.nudge() // there may be something to confirm soon
		} else if res.Err = s.reportRefund(made); res.Err != nil {
			return res
		}
	}
	res.Payments, res.Err = s.find(d, dialect.Call{TransactionID: p.TransactionID})
	return res
}

// findRefund finds the refund that a call names, or all of the payment that it names.
func (s *Server) findRefund(d dialect.Dialect, c dialect.Call) (res dialect.Result) {
	if c.TransactionID != "" || c.OrderNumber != "" {
		if res.Payments, res.Err = s.find(d, c); res.Err != nil {
			return res
		}
	}
	for _, r := range s.book.Refunds() {
		switch {
		case r.Provider != d.Name(),
			len(res.Payments) > 0 && r.TransactionID != res.Payments[0].TransactionID,
			c.Refund.Number != "" && r.Number != c.Refund.Number,
			c.Refund.ID != "" && r.ID != c.Refund.ID:
			continue
		}
		res.Refunds = append(res.Refunds, r)
	}
	named := c.Refund.Number != "" || c.Refund.ID != ""
	switch {
	case named && len(res.Refunds) == 0:
		res.Err = book.ErrUnknownRefund
	case named && len(res.Payments) == 0:
		res.Payments, res.Err = s.find(d, dialect.Call{TransactionID: res.Refunds[0].TransactionID})
	}
	return res
}

// close closes the order's trade, the one that is not closed yet if there are several.
func (s *Server) close(d dialect.Dialect, c dialect.Call) (res dialect.Result) {
	if res.Payments, res.Err = s.find(d, c); res.Err != nil {
		return res
	}
	closed, err := s.book.Close(d.Name(), res.Payments[0].TransactionID, time.Now())
	res.Err = err
	if err == nil || errors.Is(err, book.ErrClosed) || errors.Is(err, book.ErrPaid) {
		res.Payments[0] = closed
	}
	return res
}

// distort makes the answer tell something else than what is so.
func distort(operation dialect.Operation, res *dialect.Result, fault FaultKind) {
	if res.Err != nil {
		return
	}
	refunds := operation == dialect.Refund || operation == dialect.RefundQuery
	for i := range res.Refunds {
		r := &res.Refunds[i]
		switch {
		case fault == WrongAmount:
			r.Amount++
		case fault == Pending && operation == dialect.RefundQuery:
			r.State = book.RefundPending
		case fault == Failed && operation == dialect.RefundQuery:
			r.State, r.Failure = book.RefundFailed, "said by paysim"
		}
	}
	for i := range res.Payments {
		p := &res.Payments[i]
		switch {
		case fault == WrongAmount && refunds:
			p.Refunded++
		case fault == WrongAmount:
			p.Amount++
		case fault == Pending && operation == dialect.Query:
			p.State, p.Word = book.Pending, ""
		case fault == Failed && operation == dialect.Query:
			p.State, p.Word = book.Failed, ""
		}
	}
}
