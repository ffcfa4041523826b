package usecase_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// settle runs all lanes until nothing is due any more.
func (b *bundle) settle() {
	b.t.Helper()
	for range 20 {
		b.dueNow()
		n := 0
		for _, lane := range []*usecase.RelayTasks{b.deduct, b.release, b.refund, b.closing} {
			n += b.pass(lane)
		}
		if n == 0 {
			return
		}
	}
	b.t.Fatal("never settled")
}

// unsettled counts what is not done, but for what waits by design.
func (b *bundle) unsettled() int {
	b.t.Helper()
	return b.count("SELECT COUNT(*) FROM tasks WHERE state <> 'done' AND kind NOT IN ('notify', 'query_payment')")
}

func TestMoneyGoesBack(t *testing.T) {
	t.Run("an order that cannot be fulfilled is refunded in full", func(t *testing.T) {
		each(t, 0, func(t *testing.T, b *bundle) {
			number := b.order("r")
			b.notify(paid(number, "tx"))
			b.settle()
			if o := b.find(number); o.Status() != domain.Refunded || b.provider.money != 500 || b.unsettled() != 0 {
				t.Fatalf("status %s, %d sent, %d tasks left", o.Status(), b.provider.money, b.unsettled())
			}
		})
	})
	t.Run("a second payment goes back and the order stays fulfilled", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number := b.order("r")
			b.notify(paid(number, "tx1"))
			second := paid(number, "tx2")
			second.Amount.Minor = 499 // what was received goes back, not what the order costs
			b.notify(second)
			b.settle()
			if o := b.find(number); o.Status() != domain.Fulfilled || b.provider.money != 499 || b.provider.asked[0].TransactionID != "tx2" {
				t.Fatalf("status %s, %d sent, asked %+v", o.Status(), b.provider.money, b.provider.asked)
			}
		})
	})
	t.Run("an answer that got lost is asked for again and paid once", func(t *testing.T) {
		each(t, 0, func(t *testing.T, b *bundle) {
			number := b.order("r")
			b.notify(paid(number, "tx"))
			b.provider.lost = 3
			b.settle()
			if b.find(number).Status() != domain.Refunded || b.provider.money != 500 {
				t.Fatalf("status %s, %d sent", b.find(number).Status(), b.provider.money)
			}
			if b.provider.asked[0].Again || !b.provider.asked[1].Again {
				t.Fatalf("asked %+v: the provider must be told what is a repeat", b.provider.asked)
			}
		})
	})
	t.Run("a provider that is away is asked until it answers", func(t *testing.T) {
		each(t, 0, func(t *testing.T, b *bundle) {
			number := b.order("r")
			b.notify(paid(number, "tx"))
			b.provider.away = errAway
			for range 5 {
				b.dueNow()
				b.pass(b.refund)
			}
			if o := b.find(number); o.Status() != domain.Unfulfillable || o.Refunds()[0].State != domain.RefundSent {
				t.Fatalf("status %s, refund %+v", o.Status(), o.Refunds()[0])
			}
			b.provider.away = nil
			b.settle()
			if b.find(number).Status() != domain.Refunded {
				t.Fatalf("status %s", b.find(number).Status())
			}
		})
	})
	t.Run("a refund whose provider has no API waits, and was never sent", func(t *testing.T) {
		each(t, 0, func(t *testing.T, b *bundle) {
			b.provider.absent = true
			number := b.order("r")
			b.notify(paid(number, "tx"))
			b.dueNow()
			b.pass(b.refund)
			if r := b.find(number).Refunds()[0]; r.State != domain.RefundRequested || b.pass(b.refund) != 0 {
				t.Fatalf("refund %+v", r)
			}
			b.provider.absent = false
			b.settle()
			if o := b.find(number); o.Status() != domain.Refunded || b.provider.asked[0].Again {
				t.Fatalf("status %s, asked %+v", o.Status(), b.provider.asked)
			}
		})
	})
	t.Run("an accepted refund is confirmed by whoever tells first", func(t *testing.T) {
		each(t, 0, func(t *testing.T, b *bundle) {
			b.provider.answer = domain.RefundReport{State: domain.RefundSent, Ref: "re_1"}
			number := b.order("r")
			b.notify(paid(number, "tx"))
			b.dueNow()
			b.pass(b.refund)
			refund := b.find(number).Refunds()[0]
			if refund.State != domain.RefundSent || refund.Ref != "re_1" || len(b.signals.dead) != 0 {
				t.Fatalf("refund %+v", refund)
			}
			n := paid(number, "tx")
			n.Refund = &domain.RefundNotice{Number: refund.Number, State: domain.RefundConfirmed}
			if v := b.notify(n); v != domain.VerdictRefund {
				t.Fatalf("verdict %s", v)
			}
			if o := b.find(number); o.Status() != domain.Refunded || b.unsettled() != 0 {
				t.Fatalf("status %s, %d tasks left", o.Status(), b.unsettled())
			}
			if v := b.notify(n); v != domain.VerdictReplay {
				t.Fatalf("again: verdict %s", v)
			}
		})
	})
	t.Run("a definite refusal waits for a person, who sends it again or settles it by hand", func(t *testing.T) {
		each(t, 0, func(t *testing.T, b *bundle) {
			b.provider.answer = domain.RefundReport{State: domain.RefundFailed, Reason: "account closed"}
			again, byHand := b.order("r1"), b.order("r2")
			b.notify(paid(again, "tx1"))
			b.notify(paid(byHand, "tx2"))
			b.settle()
			if len(b.signals.dead) != 2 || b.provider.money != 0 || b.unsettled() != 2 {
				t.Fatalf("dead %+v, %d sent", b.signals.dead, b.provider.money)
			}
			unsettled, err := b.payments.Unsettled(t.Context(), 10)
			if err != nil || len(unsettled) != 2 {
				t.Fatalf("unsettled %+v, %v", unsettled, err)
			}
			b.provider.answer = domain.RefundReport{State: domain.RefundConfirmed}
			if err := b.handle.Refund(t.Context(), b.find(again).Winner(), "again", "ann", false); err != nil {
				t.Fatal(err)
			}
			if err := b.handle.Settle(t.Context(), b.find(byHand).Refunds()[0].Number, "bank transfer", "ann"); err != nil {
				t.Fatal(err)
			}
			b.settle()
			for _, number := range []string{again, byHand} {
				if o := b.find(number); o.Status() != domain.Refunded {
					t.Errorf("status %s, refunds %+v", o.Status(), o.Refunds())
				}
			}
			if unsettled, err := b.payments.Unsettled(t.Context(), 10); err != nil || len(unsettled) != 0 || b.provider.money != 500 {
				t.Fatalf("unsettled %+v, %v, %d sent", unsettled, err, b.provider.money)
			}
			if b.unsettled() != 0 {
				t.Fatal("a task is dead still, and nothing will come of it")
			}
		})
	})
	t.Run("an orphan is refunded without an order, and one that appears later cannot take it", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			b.notify(paid("NOTYET", "tx"))
			held, err := b.payments.Held(t.Context(), 10)
			if err != nil || len(held) != 1 {
				t.Fatalf("held %+v, %v", held, err)
			}
			if err := b.handle.Refund(t.Context(), held[0].Number, "nobody's", "ann", false); err != nil {
				t.Fatal(err)
			}
			if held, err := b.payments.Held(t.Context(), 10); err != nil || len(held) != 0 {
				t.Fatalf("still held %+v, %v", held, err)
			}
			b.settle()
			b.exec("UPDATE orders SET number = 'NOTYET' WHERE number = ?", b.order("r"))
			b.dueNow()
			b.pass(b.queries)
			if o := b.find("NOTYET"); o.Status() != domain.Created || b.provider.money != 500 {
				t.Fatalf("status %s, %d sent", o.Status(), b.provider.money)
			}
		})
	})
	t.Run("a refund reported before its payment is applied once that is known", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number := b.order("r")
			n := paid(number, "tx")
			n.Refund = &domain.RefundNotice{Ref: "re_1", State: domain.RefundConfirmed, Cumulative: true}
			if v := b.notify(n); v != domain.VerdictOrphan {
				t.Fatalf("verdict %s", v)
			}
			b.notify(paid(number, "tx"))
			for range 3 { // applied again and again it is one
				b.exec("UPDATE tasks SET state = 'pending' WHERE kind = 'query_payment'")
				b.dueNow()
				b.pass(b.queries)
			}
			b.settle()
			o := b.find(number)
			if o.Status() != domain.Refunded || len(o.Refunds()) != 1 || b.provider.money != 0 || b.product.stock != 1 {
				t.Fatalf("status %s, refunds %+v, %d sent, stock %d", o.Status(), o.Refunds(), b.provider.money, b.product.stock)
			}
		})
	})
}

// TestRefundWhileUndecided asks for a refund while the deduction is on its way, with
// the steps of both in every order.
func TestRefundWhileUndecided(t *testing.T) {
	each(t, 100, func(t *testing.T, b *bundle) {
		steps := map[string]func(number string){
			"d": func(string) { b.pass(b.deduct) },
			"r": func(string) { b.pass(b.release) },
			"m": func(string) { b.pass(b.refund) },
			"l": func(number string) { // a deduction that was on the wire all the time
				_, _ = b.product.Deduct(t.Context(), number, nil)
			},
		}
		for i, order := range permutations("adrml") {
			number := b.order(fmt.Sprint("r", i))
			b.product.fail(errAway, false)
			b.notify(paid(number, fmt.Sprint("tx", i)))
			b.product.fail(nil, false)
			stock, sent := b.product.stock, b.provider.money
			for _, step := range order {
				if step == 'a' {
					if err := b.handle.Refund(t.Context(), b.find(number).Winner(), "asked", "ann", false); err != nil {
						t.Fatal(err)
					}
					continue
				}
				b.dueNow()
				steps[string(step)](number)
				if gone := stock - b.product.stock; b.provider.money > sent && gone != 0 {
					t.Fatalf("%s: money and goods are both gone", order)
				}
			}
			b.settle()
			if o := b.find(number); o.Status() != domain.Refunded || b.product.stock != stock || b.provider.money != sent+500 {
				t.Fatalf("%s: status %s, stock %d of %d, %d sent", order, o.Status(), b.product.stock, stock, b.provider.money-sent)
			}
		}
	})
}

// permutations are all orders of the letters.
func permutations(letters string) []string {
	if len(letters) <= 1 {
		return []string{letters}
	}
	var all []string
	for i := range letters {
		for _, rest := range permutations(letters[:i] + letters[i+1:]) {
			all = append(all, letters[i:i+1]+rest)
		}
	}
	return all
}

func TestMissedCallbacks(t *testing.T) {
	t.Run("a payment that no callback told of is found", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number := b.order("r")
			b.provider.paid[number] = paid(number, "tx")
			b.dueNow()
			b.pass(b.queries)
			if o := b.find(number); o.Status() != domain.Fulfilled {
				t.Fatalf("status %s", o.Status())
			}
			if v := b.notify(paid(number, "tx")); v != domain.VerdictReplay {
				t.Fatalf("the callback comes after all: verdict %s", v)
			}
		})
	})
	t.Run("the provider is asked again, until an answer after expiry cancels the order and closes its trade", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number := b.order("r")
			if n := b.pass(b.queries); n != 0 {
				t.Fatal("asked at once")
			}
			for range 3 {
				b.dueNow()
				b.pass(b.queries)
			}
			if b.find(number).Status() != domain.Created || b.count("SELECT COUNT(*) FROM tasks WHERE kind = 'query_payment' AND state = 'pending'") != 1 {
				t.Fatal("given up before its expiry")
			}
			b.exec("UPDATE orders SET expires_at = created_at")
			b.provider.away = errAway
			b.dueNow()
			b.pass(b.queries)
			if _, err := b.expire.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			if b.find(number).Status() != domain.Created {
				t.Fatal("expired although nobody could be asked")
			}
			b.provider.away = nil
			b.dueNow()
			b.pass(b.queries)
			b.settle()
			if o := b.find(number); o.Status() != domain.Cancelled || !b.provider.closed[number] {
				t.Fatalf("status %s, closed %t", o.Status(), b.provider.closed[number])
			}
		})
	})
	t.Run("an order that an older version stopped asking about is asked about again", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number, watched := b.order("r1"), b.order("r2")
			b.exec("UPDATE orders SET expires_at = created_at")
			b.exec("UPDATE tasks SET state = 'done' WHERE kind = 'query_payment' AND ref = ?", number)
			b.exec("UPDATE tasks SET attempt = 7 WHERE kind = 'query_payment' AND ref = ?", watched)
			if _, err := b.expire.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			if b.count("SELECT COUNT(*) FROM tasks WHERE kind = 'query_payment' AND state = 'pending'") != 2 ||
				b.count("SELECT COUNT(*) FROM tasks WHERE attempt = 7") != 1 {
				t.Fatal("not exactly the forgotten one was woken")
			}
			b.pass(b.queries)
			if b.find(number).Status() != domain.Cancelled {
				t.Fatalf("status %s", b.find(number).Status())
			}
		})
	})
	t.Run("after an outage past its expiry, an order paid in time is fulfilled", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number := b.order("r")
			b.provider.paid[number] = paid(number, "tx")
			b.exec("UPDATE orders SET expires_at = created_at")
			if _, err := b.expire.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			if v := b.notify(paid(number, "tx")); v != domain.VerdictWinner || b.find(number).Status() != domain.Fulfilled {
				t.Fatalf("the resend: verdict %s, status %s", v, b.find(number).Status())
			}
		})
	})
	t.Run("a trade that was paid before it was closed goes back", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number := b.order("r")
			if _, err := b.cancel.Do(t.Context(), number); err != nil {
				t.Fatal(err)
			}
			b.provider.paid[number] = paid(number, "tx")
			b.settle()
			o := b.find(number)
			if o.Status() != domain.Cancelled || len(o.Refunds()) != 1 || o.Refunds()[0].State != domain.RefundConfirmed {
				t.Fatalf("status %s, refunds %+v", o.Status(), o.Refunds())
			}
		})
	})
	t.Run("a trade that begins after its order was cancelled is found, also when nobody tells", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			b.provider.unopened = true
			number, idle := b.order("r1"), b.order("r2")
			for _, n := range []string{number, idle} {
				if _, err := b.cancel.Do(t.Context(), n); err != nil {
					t.Fatal(err)
				}
			}
			const looking = "SELECT COUNT(*) FROM tasks WHERE kind = 'close_payment' AND state = 'pending'"
			for range 2 {
				b.dueNow()
				b.pass(b.closing)
			}
			if b.count(looking) != 2 {
				t.Fatal("the trades are not looked for any more")
			}
			b.provider.paid[number] = paid(number, "tx")
			for _, lane := range []*usecase.RelayTasks{b.closing, b.refund} {
				b.dueNow()
				b.pass(lane)
			}
			if o := b.find(number); len(o.Refunds()) != 1 || o.Refunds()[0].State != domain.RefundConfirmed {
				t.Fatalf("refunds %+v", o.Refunds())
			}
			b.exec("UPDATE tasks SET created_at = ?", time.Now().UTC().Add(-2*grace))
			b.dueNow()
			b.pass(b.closing)
			if b.count(looking) != 0 {
				t.Fatal("a trade that never begins is looked for without end")
			}
		})
	})
	t.Run("without an API the task waits, and the order expires after the grace", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			b.provider.absent = true
			number := b.order("r")
			b.exec("UPDATE orders SET expires_at = ?", time.Now().UTC().Add(-2*grace))
			b.dueNow()
			b.pass(b.queries)
			if n, err := b.expire.RunOnce(t.Context()); n != 1 || err != nil {
				t.Fatalf("%d expired, %v", n, err)
			}
			b.dueNow()
			b.pass(b.queries)
			if b.count("SELECT COUNT(*) FROM tasks WHERE kind = 'query_payment' AND state <> 'done'") != 0 || b.find(number).Status() != domain.Cancelled {
				t.Fatal("the task outlived its order")
			}
		})
	})
}

func TestHeldMismatch(t *testing.T) {
	hold := func(b *bundle) (order, payment string) {
		order = b.order("r")
		short := paid(order, "tx")
		short.Amount.Minor = 499
		if v := b.notify(short); v != domain.VerdictMismatch {
			b.t.Fatalf("verdict %s", v)
		}
		return order, b.find(order).Payments()[0].Number
	}
	t.Run("a person accepts it", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			order, payment := hold(b)
			if err := b.handle.Accept(t.Context(), payment, "ann"); err != nil {
				t.Fatal(err)
			}
			b.settle()
			if o := b.find(order); o.Status() != domain.Fulfilled || o.Winner() != payment {
				t.Fatalf("status %s", o.Status())
			}
		})
	})
	t.Run("it goes back by itself when the order goes another way", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			order, payment := hold(b)
			b.notify(paid(order, "tx2"))
			b.settle()
			if b.find(order).Status() != domain.Fulfilled || b.provider.money != 499 {
				t.Fatalf("status %s, %d sent", b.find(order).Status(), b.provider.money)
			}
			if err := b.handle.Accept(t.Context(), payment, "ann"); !errors.Is(err, domain.ErrNotAcceptable) {
				t.Fatalf("accepted all the same: %v", err)
			}
		})
	})
	t.Run("what does not exist is told so", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			if err := b.handle.Accept(t.Context(), "X", "ann"); !errors.Is(err, usecase.ErrPaymentNotFound) {
				t.Errorf("accept: %v", err)
			}
			if err := b.handle.Settle(t.Context(), "X-1", "", "ann"); !errors.Is(err, usecase.ErrRefundNotFound) {
				t.Errorf("settle: %v", err)
			}
		})
	})
}

func TestNotify(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bundle) {
		number := b.order("r")
		b.notify(paid(number, "tx"))
		b.shop.err = &usecase.RetryAfterError{Pause: time.Hour, Reason: "too many"}
		b.dueNow()
		b.pass(b.notifies)
		if n := b.pass(b.notifies); n != 0 {
			t.Fatalf("told again within the pause it asked for: %d", n)
		}
		b.shop.err = nil
		b.dueNow()
		b.pass(b.notifies)
		want := []domain.EventKind{domain.EventPlaced, domain.EventPaid, domain.EventFulfilled}
		if len(b.shop.told) != len(want) {
			t.Fatalf("told %+v", b.shop.told)
		}
		// Several are told at once, so the order of arrival is no promise: the sequence is.
		slices.SortFunc(b.shop.told, func(x, y domain.OrderEvent) int { return cmp.Compare(x.Sequence, y.Sequence) })
		for i, e := range b.shop.told {
			if e.Kind != want[i] || e.Sequence != int64(i+1) || e.OrderNumber != number {
				t.Errorf("told %+v, want %s", e, want[i])
			}
		}
		if n := b.count("SELECT COUNT(*) FROM tasks WHERE kind = 'notify' AND state <> 'done'"); n != 0 {
			t.Fatalf("%d left", n)
		}

		b.shop.err = errAway
		b.order("r2")
		b.exec("UPDATE tasks SET attempt = 9 WHERE kind = 'notify'")
		b.dueNow()
		b.pass(b.notifies)
		if len(b.signals.dead) != 1 {
			t.Fatalf("dead %+v: the specification's tries are over", b.signals.dead)
		}
	})
}
