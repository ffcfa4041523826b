package usecase_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func TestPlaceOrder(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bundle) {
		t.Run("the same request again gives the same order, even while product is away", func(t *testing.T) {
			first := b.order("r1")
			b.product.fail(errAway, false)
			defer b.product.fail(nil, false)
			if again := b.order("r1"); again != first {
				t.Fatalf("orders %s and %s", first, again)
			}
		})
		t.Run("the same request id for something else is refused", func(t *testing.T) {
			b.order("r2")
			_, err := b.place.Do(t.Context(), wish(t, "r2", domain.Item{SKU: "A", Quantity: 3}))
			if !errors.Is(err, usecase.ErrRequestReused) {
				t.Fatalf("error %v", err)
			}
		})
		t.Run("without prices nothing is stored", func(t *testing.T) {
			b.product.fail(errAway, false)
			defer b.product.fail(nil, false)
			before := b.count("SELECT COUNT(*) FROM orders")
			_, err := b.place.Do(t.Context(), wish(t, "r3", domain.Item{SKU: "A", Quantity: 1}))
			if !errors.Is(err, usecase.ErrCatalogUnavailable) || b.count("SELECT COUNT(*) FROM orders") != before {
				t.Fatalf("error %v", err)
			}
		})
		t.Run("one request many times at once makes one order", func(t *testing.T) {
			numbers := make([]string, 20)
			concurrently(len(numbers), func(i int) {
				o, err := b.place.Do(t.Context(), wish(t, "r4", domain.Item{SKU: "A", Quantity: 1}))
				if err != nil {
					t.Error(err)
					return
				}
				numbers[i] = o.Number()
			})
			for _, n := range numbers {
				if n != numbers[0] {
					t.Fatalf("orders %v", numbers)
				}
			}
		})
	})
}

func TestConfirmPayment(t *testing.T) {
	t.Run("a paid order takes its stock at once", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number := b.order("r")
			if v := b.notify(paid(number, "tx")); v != domain.VerdictWinner {
				t.Fatalf("verdict %s", v)
			}
			if o := b.find(number); o.Status() != domain.Fulfilled {
				t.Fatalf("status %s", o.Status())
			}
			if n := b.count("SELECT COUNT(*) FROM tasks WHERE state <> 'done' AND kind NOT IN ('notify', 'query_payment')"); n != 0 {
				t.Fatalf("%d tasks left", n)
			}
			if v := b.notify(paid(number, "tx")); v != domain.VerdictReplay || b.product.calls != 1 {
				t.Fatalf("again: verdict %s, %d calls", v, b.product.calls)
			}
		})
	})
	t.Run("gone goods give the money back", func(t *testing.T) {
		each(t, 0, func(t *testing.T, b *bundle) {
			number := b.order("r")
			b.notify(paid(number, "tx"))
			o := b.find(number)
			if o.Status() != domain.Unfulfillable || len(o.Refunds()) != 1 || o.Refunds()[0].Amount != o.Total() {
				t.Fatalf("status %s, refunds %+v", o.Status(), o.Refunds())
			}
			if n := b.count("SELECT COUNT(*) FROM tasks WHERE kind = 'refund' AND state = 'pending' AND ref = ?", o.Refunds()[0].Number); n != 1 {
				t.Fatalf("%d refund tasks", n)
			}
		})
	})
	t.Run("product away: the payment is recorded and the relay takes the stock later", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number := b.order("r")
			b.product.fail(errAway, false)
			b.notify(paid(number, "tx"))
			if o := b.find(number); o.Status() != domain.Paid {
				t.Fatalf("status %s", o.Status())
			}
			b.dueNow()
			b.pass(b.deduct)
			if b.signals.postponed != 1 {
				t.Fatalf("postponed %d times", b.signals.postponed)
			}
			b.product.fail(nil, false)
			b.dueNow()
			b.pass(b.deduct)
			if o := b.find(number); o.Status() != domain.Fulfilled {
				t.Fatalf("status %s", o.Status())
			}
		})
	})
	t.Run("a lost reply is no refusal: asked again, product tells what it did", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number := b.order("r")
			b.product.fail(errAway, true)
			b.notify(paid(number, "tx"))
			b.product.fail(nil, false)
			b.dueNow()
			b.pass(b.deduct)
			if o := b.find(number); o.Status() != domain.Fulfilled || len(o.Refunds()) != 0 || b.product.stock != 0 {
				t.Fatalf("status %s, refunds %+v, stock %d", o.Status(), o.Refunds(), b.product.stock)
			}
		})
	})
	t.Run("an unknown order's payment is held, and judged once the order exists", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			n := paid("NOTYET", "tx")
			if v := b.notify(n); v != domain.VerdictOrphan {
				t.Fatalf("verdict %s", v)
			}
			if v := b.notify(n); v != domain.VerdictReplay {
				t.Fatalf("again: verdict %s", v)
			}
			other := n
			other.OrderNumber = "ANOTHER"
			if v := b.notify(other); v != domain.VerdictConflict {
				t.Fatalf("another order: verdict %s", v)
			}
			b.exec("UPDATE orders SET number = 'NOTYET' WHERE number = ?", b.order("r"))
			b.dueNow()
			b.pass(b.queries)
			b.dueNow()
			b.pass(b.deduct)
			if o := b.find("NOTYET"); o.Status() != domain.Fulfilled {
				t.Fatalf("status %s", o.Status())
			}
		})
	})
	t.Run("an orphan is left to a person when its window ends", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			b.notify(paid("NEVER", "tx"))
			b.dueNow()
			b.pass(b.queries)
			if len(b.signals.dead) != 0 {
				t.Fatal("given up within the window")
			}
			b.exec("UPDATE tasks SET created_at = ?", time.Now().UTC().Add(-2*orphanWindow))
			b.dueNow()
			b.pass(b.queries)
			if len(b.signals.dead) != 1 || b.count("SELECT COUNT(*) FROM tasks WHERE state = 'dead'") != 1 {
				t.Fatalf("dead %+v", b.signals.dead)
			}
			if b.count("SELECT COUNT(*) FROM payments WHERE disposition = 'orphan'") != 1 {
				t.Fatal("the payment is gone")
			}
		})
	})
	t.Run("a transaction of another order is a conflict without effect", func(t *testing.T) {
		each(t, 2, func(t *testing.T, b *bundle) {
			first, second := b.order("r1"), b.order("r2")
			b.notify(paid(first, "tx"))
			if v := b.notify(paid(second, "tx")); v != domain.VerdictConflict {
				t.Fatalf("verdict %s", v)
			}
			if o := b.find(second); o.Status() != domain.Created {
				t.Fatalf("status %s", o.Status())
			}
		})
	})
	t.Run("what did not pay, or cannot be read, is kept and has no effect", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number := b.order("r")
			for _, v := range []domain.Verdict{domain.VerdictNotPaid, domain.VerdictUnreadable, domain.VerdictForeign} {
				n := paid(number, "tx")
				n.Verdict = v
				if got := b.notify(n); got != v {
					t.Errorf("verdict %s", got)
				}
			}
			if b.count("SELECT COUNT(*) FROM callbacks") != 3 || b.count("SELECT COUNT(*) FROM payments") != 0 ||
				b.find(number).Status() != domain.Created || b.product.calls != 0 {
				t.Fatal("a notice without payment had an effect")
			}
		})
	})
}

func TestCancelRacesPayment(t *testing.T) {
	each(t, 1000, func(t *testing.T, b *bundle) {
		const races = 25
		for i := range races {
			number := b.order(fmt.Sprint("r", i))
			concurrently(2, func(side int) {
				if side == 0 {
					_, err := b.cancel.Do(t.Context(), number)
					if err != nil && !errors.Is(err, domain.ErrNotCancellable) {
						t.Error(err)
					}
					return
				}
				if err := b.confirm.Do(t.Context(), paid(number, fmt.Sprint("tx", i))); err != nil {
					t.Error(err)
				}
			})
			o := b.find(number)
			fulfilled := o.Status() == domain.Fulfilled && len(o.Refunds()) == 0
			refunded := o.Status() == domain.Cancelled && len(o.Refunds()) == 1
			if !fulfilled && !refunded {
				t.Fatalf("status %s with %d refunds", o.Status(), len(o.Refunds()))
			}
		}
	})
}

func TestRelay(t *testing.T) {
	t.Run("product's conflict and rejection wait for a person at once", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			conflict, rejected := b.order("r1"), b.order("r2")
			b.product.answers[conflict] = domain.Conflict
			b.notify(paid(conflict, "tx1"))
			b.product.fail(fmt.Errorf("%w: lines[0]", usecase.ErrRejected), false)
			b.notify(paid(rejected, "tx2"))
			b.dueNow()
			b.pass(b.deduct)
			if len(b.signals.dead) != 2 || b.count("SELECT COUNT(*) FROM tasks WHERE kind = 'deduct' AND state = 'dead'") != 2 {
				t.Fatalf("dead %+v", b.signals.dead)
			}
			for _, number := range []string{conflict, rejected} {
				if o := b.find(number); o.Status() != domain.Paid || len(o.Refunds()) != 0 {
					t.Errorf("status %s, refunds %+v", o.Status(), o.Refunds())
				}
			}
		})
	})
	t.Run("attempts alone never end a task", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number := b.order("r")
			b.product.fail(errAway, false)
			b.notify(paid(number, "tx"))
			b.exec("UPDATE tasks SET attempt = 100000")
			b.dueNow()
			b.pass(b.deduct)
			if b.count("SELECT COUNT(*) FROM tasks WHERE kind = 'deduct' AND state = 'pending' AND attempt = 100001") != 1 {
				t.Fatal("the task was given up")
			}
		})
	})
	t.Run("a task with too little lease left is not begun", func(t *testing.T) {
		each(t, 1, func(t *testing.T, b *bundle) {
			number := b.order("r")
			b.product.fail(errAway, false)
			b.notify(paid(number, "tx"))
			b.product.fail(nil, false)
			b.dueNow()
			b.settings.Lease = b.settings.CallTimeout
			calls := b.product.calls
			if b.pass(b.deduct) != 1 || b.product.calls != calls {
				t.Fatal("work was begun that another may begin meanwhile")
			}
		})
	})
	t.Run("a relay that is stopped gives back what it has not begun, at once", func(t *testing.T) {
		each(t, 3, func(t *testing.T, b *bundle) {
			numbers := []string{b.order("r1"), b.order("r2"), b.order("r3")}
			b.product.fail(errAway, false)
			for i, number := range numbers {
				b.notify(paid(number, fmt.Sprint("tx", i)))
			}
			b.product.fail(nil, false)
			b.dueNow()
			b.settings.Concurrency = 1
			ctx, stop := context.WithCancel(t.Context())
			b.product.onCall = stop // while the first is being worked on
			if _, err := b.deduct.RunOnce(ctx); err != nil {
				t.Fatal(err)
			}
			b.product.onCall = nil
			if n := b.count("SELECT COUNT(*) FROM orders WHERE status = 'fulfilled'"); n != 1 {
				t.Fatalf("%d fulfilled: what is begun is finished", n)
			}
			if n := b.count("SELECT COUNT(*) FROM tasks WHERE kind = 'deduct' AND state = 'pending' AND attempt = 0"); n != 2 {
				t.Fatalf("%d of 2 tasks given back without an attempt counted", n)
			}
			b.pass(b.deduct) // no wait for the lease
			if n := b.count("SELECT COUNT(*) FROM orders WHERE status = 'fulfilled'"); n != 3 {
				t.Fatalf("%d fulfilled", n)
			}
		})
	})
	t.Run("two relays at once settle everything once", func(t *testing.T) {
		each(t, 30, func(t *testing.T, b *bundle) {
			numbers := make([]string, 40)
			for i := range numbers {
				numbers[i] = b.order(fmt.Sprint("r", i))
			}
			b.product.fail(errAway, false)
			for i, number := range numbers {
				b.notify(paid(number, fmt.Sprint("tx", i)))
			}
			b.product.fail(nil, false)
			b.dueNow()
			concurrently(2, func(int) {
				for {
					n, err := b.deduct.RunOnce(t.Context())
					if err != nil {
						t.Error(err)
					}
					if n == 0 {
						return
					}
				}
			})
			fulfilled := b.count("SELECT COUNT(*) FROM orders WHERE status = 'fulfilled'")
			gone := b.count("SELECT COUNT(*) FROM orders WHERE status = 'unfulfillable'")
			refunds := b.count("SELECT COUNT(*) FROM refunds")
			if fulfilled != 30 || gone != 10 || refunds != 10 {
				t.Fatalf("%d fulfilled, %d unfulfillable, %d refunds", fulfilled, gone, refunds)
			}
		})
	})
}

func TestExpireOrders(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bundle) {
		b.provider.absent = true // with a provider to ask, nothing expires by time alone
		late, young, paidOrder := b.order("r1"), b.order("r2"), b.order("r3")
		b.notify(paid(paidOrder, "tx"))
		past := time.Now().UTC().Add(-grace - time.Minute)
		b.exec("UPDATE orders SET expires_at = ? WHERE number IN (?, ?)", past, late, paidOrder)
		if n, err := b.expire.RunOnce(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d expired, %v", n, err)
		}
		for number, want := range map[string]domain.Status{
			late: domain.Cancelled, young: domain.Created, paidOrder: domain.Fulfilled,
		} {
			if o := b.find(number); o.Status() != want {
				t.Errorf("status %s, want %s", o.Status(), want)
			}
		}
		if v := b.notify(paid(late, "tx-late")); v != domain.VerdictLate || len(b.find(late).Refunds()) != 1 {
			t.Fatalf("paid after expiry: verdict %s", v)
		}
	})
}

// concurrently runs f in n goroutines that start together.
func concurrently(n int, f func(i int)) {
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() { <-start; f(i) })
	}
	close(start)
	group.Wait()
}
