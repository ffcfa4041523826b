package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/sim"
)

// open has customers and deliveries come at their times for so long, and returns when
// all of them are done or ctx ends.
func (s *scene) open(ctx context.Context, length time.Duration, plans []plan, deliveries []delivery) {
	begin := time.Now()
	looking, stop := context.WithCancel(ctx)
	crowd := &crowd{db: s.orderDB}
	var busy, watching sync.WaitGroup
	watching.Go(func() { crowd.watch(looking) })
	busy.Go(func() {
		for _, d := range deliveries {
			if !pause(ctx, time.Until(begin.Add(d.at))) {
				return
			}
			busy.Go(func() { s.bring(ctx, d) })
		}
	})
	late := time.Duration(0) // for how long nobody could come, so far
	for _, p := range plans {
		if !pause(ctx, time.Until(begin.Add(p.at+late))) {
			break
		}
		late += crowd.pass(ctx)
		if time.Since(begin) > length {
			break // it is closed
		}
		crowd.inside.Add(1)
		busy.Go(func() {
			defer crowd.inside.Add(-1)
			s.serve(ctx, p)
		})
	}
	busy.Wait()
	stop()
	watching.Wait()
}

// payPromptly is how soon who comes must pay when nobody tells of it: order asks for the
// trade until payWithin and closingTime are over, on a clock that jumps by up to 40 s.
// Who learns of his order later than that has left.
const payPromptly = closingTime - 45*time.Second

// serve does what a customer's plan says.
func (s *scene) serve(ctx context.Context, p plan) {
	at := s.providers[p.provider]
	if p.deed == nobodys {
		number := fmt.Sprintf("NOBODYS%d", p.id)
		s.kept.keep(func() { s.kept.nobodys[number] = true })
		if paid, ok := s.pay(ctx, sim.Payment{Provider: p.provider, OrderNumber: number, Amount: price}); ok {
			at.repeat(ctx, paid, p.times)
		}
		return
	}
	came := time.Now()
	o, ok := s.place(ctx, p)
	if !ok {
		return
	}
	whole := sim.Payment{Provider: p.provider, OrderNumber: o.Number, Amount: o.Amount}
	never := book.Payment{OrderNumber: o.Number, Amount: o.Amount, Currency: "CNY"}
	switch p.deed {
	case pays:
		s.pay(ctx, whole)
	case repeats:
		if paid, ok := s.pay(ctx, whole); ok {
			at.repeat(ctx, paid, p.times)
			pause(ctx, p.wait)
			at.repeat(ctx, paid, p.times)
		}
	case late:
		whole.Silent = true
		if paid, ok := s.pay(ctx, whole); ok {
			at.deliverLate(ctx, paid, p.wait)
		}
	case silently:
		if time.Since(came) < payPromptly {
			whole.Silent = true
			s.pay(ctx, whole)
		}
	case twice:
		var both sync.WaitGroup
		for range 2 {
			one := whole
			one.TransactionID = at.speaks.NewTransactionID(time.Now())
			both.Go(func() { s.pay(ctx, one) })
		}
		both.Wait()
	case failsFirst:
		failed := whole
		failed.State = at.unpaid()
		s.pay(ctx, failed)
		pause(ctx, p.wait)
		s.pay(ctx, whole)
	case forgedFirst:
		at.forge(ctx, never, p.times)
		s.pay(ctx, whole)
	case forgedOnly:
		at.forge(ctx, never, p.times)
	case cancelsAlso:
		var both sync.WaitGroup
		both.Go(func() { s.pay(ctx, whole) })
		both.Go(func() { s.cancel(ctx, o.Number) })
		both.Wait()
	case cancelsFirst:
		s.cancel(ctx, o.Number)
		pause(ctx, p.wait)
		whole.TransactionID = at.speaks.NewTransactionID(time.Now()) // a trade that nobody closed
		s.pay(ctx, whole)
	case misses:
		whole.Amount++
		if _, ok := s.pay(ctx, whole); ok {
			s.decide(ctx, p, o.Number)
		}
	case consoleBack:
		s.refundAtProvider(ctx, p, whole)
	case operatorBack:
		if _, ok := s.pay(ctx, whole); ok && s.fulfilled(ctx, o.Number) {
			s.giveBack(ctx, o.Number)
		}
	case neverPays, nobodys:
	}
}

// pay pays at the provider, who then calls back. A trade that is closed by then
// cannot be paid, which is as it should be.
func (s *scene) pay(ctx context.Context, p sim.Payment) (book.Payment, bool) {
	paid, err := s.providers[p.Provider].Pay(ctx, p)
	if err != nil && !errors.Is(err, book.ErrClosed) {
		s.ledger.faultf("pay order %s: %v", p.OrderNumber, err)
	}
	return paid, err == nil
}

// decide ends the wait of an order that was paid with another amount: the customer
// cancels it, upon which the money goes back, or an operator accepts it.
func (s *scene) decide(ctx context.Context, p plan, number string) {
	payment, ok := s.held(ctx, number)
	if !ok {
		return // it expired meanwhile, and the money goes back
	}
	if p.part {
		s.cancel(ctx, number)
		return
	}
	s.accept(ctx, number, payment)
}

func (s *scene) refundAtProvider(ctx context.Context, p plan, whole sim.Payment) {
	paid, ok := s.pay(ctx, whole)
	if !ok || !s.fulfilled(ctx, paid.OrderNumber) {
		return
	}
	refund := sim.Refund{Provider: p.provider, TransactionID: paid.TransactionID}
	if p.part {
		refund.Amount = paid.Amount / 2
	}
	if _, err := s.providers[p.provider].Refund(ctx, refund); err != nil {
		s.ledger.faultf("refund %s at the provider: %v", paid.TransactionID, err)
		return
	}
	s.ledger.add("refunds begun at the provider", 1)
}
