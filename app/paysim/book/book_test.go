package book_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, file string) *book.Book {
	t.Helper()
	b, err := book.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func pay(b *book.Book, order, transaction string, amount int64, state book.State) (book.Payment, error) {
	return b.Pay(book.Payment{
		Provider: "p", OrderNumber: order, TransactionID: transaction, Amount: amount, Currency: "CNY", State: state,
	}, noon, func() string { return "made-up" })
}

func refund(b *book.Book, transaction, key string, amount int64, state book.RefundState) (book.Refund, bool, error) {
	return b.Refund(book.Refund{
		Provider: "p", ID: "id-" + key, Number: key, Key: key, TransactionID: transaction, Amount: amount, State: state,
	}, noon)
}

func TestPaying(t *testing.T) {
	t.Run("an open trade is paid under the id it began with", func(t *testing.T) {
		b := open(t, "")
		began, err := pay(b, "A1", "", 100, book.Pending)
		if err != nil {
			t.Fatal(err)
		}
		paid, err := pay(b, "A1", "", 100, book.Paid)
		if err != nil || paid.TransactionID != began.TransactionID || !paid.PaidAt.Equal(noon) || len(b.Payments()) != 1 {
			t.Errorf("%+v, %v, %d payments", paid, err, len(b.Payments()))
		}
	})
	t.Run("an order can be paid by two transactions, and the first paid one counts", func(t *testing.T) {
		b := open(t, "")
		for _, id := range []string{"t1", "t2"} {
			if _, err := pay(b, "A1", id, 100, book.Paid); err != nil {
				t.Fatal(err)
			}
		}
		found, err := b.OfOrder("p", "A1")
		if err != nil || len(found) != 2 || found[0].TransactionID != "t1" {
			t.Errorf("%+v, %v", found, err)
		}
	})
	t.Run("a closed trade is not paid any more", func(t *testing.T) {
		b := open(t, "")
		began, _ := pay(b, "A1", "", 100, book.Pending)
		if _, err := b.Close("p", began.TransactionID, noon); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"", began.TransactionID} {
			if _, err := pay(b, "A1", id, 100, book.Paid); !errors.Is(err, book.ErrClosed) {
				t.Errorf("transaction %q: %v", id, err)
			}
		}
		if _, err := b.Close("p", began.TransactionID, noon); !errors.Is(err, book.ErrClosed) {
			t.Errorf("closed again: %v", err)
		}
	})
	t.Run("a paid trade is neither closed nor unpaid", func(t *testing.T) {
		b := open(t, "")
		if _, err := pay(b, "A1", "t1", 100, book.Paid); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Close("p", "t1", noon); !errors.Is(err, book.ErrPaid) {
			t.Errorf("closed: %v", err)
		}
		if _, err := pay(b, "A1", "t1", 100, book.Failed); !errors.Is(err, book.ErrPaid) {
			t.Errorf("failed: %v", err)
		}
	})
	t.Run("a transaction keeps its order and amount", func(t *testing.T) {
		b := open(t, "")
		if _, err := pay(b, "A1", "t1", 100, book.Paid); err != nil {
			t.Fatal(err)
		}
		for order, amount := range map[string]int64{"A1": 101, "A2": 100} {
			if _, err := pay(b, order, "t1", amount, book.Paid); !errors.Is(err, book.ErrConflict) {
				t.Errorf("%s, %d: %v", order, amount, err)
			}
		}
	})
}

func TestRefunding(t *testing.T) {
	paid := func(t *testing.T) *book.Book {
		t.Helper()
		b := open(t, "")
		if _, err := pay(b, "A1", "t1", 100, book.Paid); err != nil {
			t.Fatal(err)
		}
		return b
	}
	t.Run("asked a hundred times at once a refund is paid once", func(t *testing.T) {
		b := paid(t)
		var calls sync.WaitGroup
		for range 100 {
			calls.Go(func() {
				if made, _, err := refund(b, "t1", "r1", 40, book.RefundConfirmed); err != nil || made.ID != "id-r1" {
					t.Errorf("%+v, %v", made, err)
				}
			})
		}
		calls.Wait()
		p, _ := b.Payment("p", "t1")
		if p.Refunded != 40 || len(b.Refunds()) != 1 {
			t.Errorf("%d refunded by %d refunds", p.Refunded, len(b.Refunds()))
		}
	})
	t.Run("refunds that race for the last of the money do not exceed it", func(t *testing.T) {
		b := paid(t)
		var calls sync.WaitGroup
		for i := range 50 {
			calls.Go(func() { _, _, _ = refund(b, "t1", "r"+strconv.Itoa(i), 30, book.RefundPending) })
		}
		calls.Wait()
		p, _ := b.Payment("p", "t1")
		if p.Refunding != 90 || len(b.Refunds()) != 3 {
			t.Errorf("%d on its way by %d refunds", p.Refunding, len(b.Refunds()))
		}
	})
	t.Run("a repeat with other content is a conflict", func(t *testing.T) {
		b := paid(t)
		_, _, _ = refund(b, "t1", "r1", 40, book.RefundConfirmed)
		if _, _, err := refund(b, "t1", "r1", 41, book.RefundConfirmed); !errors.Is(err, book.ErrConflict) {
			t.Errorf("%v", err)
		}
	})
	t.Run("what cannot be refunded says why", func(t *testing.T) {
		b := paid(t)
		_, _ = pay(b, "A2", "t2", 100, book.Pending)
		for transaction, want := range map[string]error{"t1": book.ErrExceeds, "t2": book.ErrUnpaid, "t3": book.ErrUnknownPayment} {
			if _, _, err := refund(b, transaction, "r-"+transaction, 101, book.RefundConfirmed); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", transaction, err, want)
			}
		}
		_, _, _ = refund(b, "t1", "all", 0, book.RefundConfirmed)
		if _, _, err := refund(b, "t1", "more", 1, book.RefundConfirmed); !errors.Is(err, book.ErrRefunded) {
			t.Errorf("after everything: %v", err)
		}
	})
	t.Run("a refund that fails leaves its money to the next", func(t *testing.T) {
		b := paid(t)
		_, _, _ = refund(b, "t1", "r1", 100, book.RefundPending)
		if _, _, err := refund(b, "t1", "r2", 100, book.RefundConfirmed); !errors.Is(err, book.ErrRefunded) {
			t.Fatalf("while the first is on its way: %v", err)
		}
		if _, err := b.Settle("p", "id-r1", book.RefundFailed, "account closed", noon); err != nil {
			t.Fatal(err)
		}
		if _, _, err := refund(b, "t1", "r2", 100, book.RefundConfirmed); err != nil {
			t.Errorf("after it failed: %v", err)
		}
		if _, err := b.Settle("p", "id-r1", book.RefundConfirmed, "", noon); !errors.Is(err, book.ErrConflict) {
			t.Errorf("settled otherwise: %v", err)
		}
	})
}

func TestTheStateFile(t *testing.T) {
	t.Run("a restart forgets nothing", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "state.json")
		b := open(t, file)
		p, err := pay(b, "A1", "t1", 100, book.Paid)
		if err != nil {
			t.Fatal(err)
		}
		r, _, err := refund(b, "t1", "r1", 40, book.RefundPending)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Deliver(book.RefundNotice(p, r, "refunded", noon), noon); err != nil {
			t.Fatal(err)
		}
		again := open(t, file)
		if !reflect.DeepEqual(again.Payments(), b.Payments()) || !reflect.DeepEqual(again.Refunds(), b.Refunds()) ||
			!reflect.DeepEqual(again.Deliveries(), b.Deliveries()) {
			t.Errorf("%+v is not %+v", again, b)
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	})
	t.Run("what cannot be saved has not happened", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "sub")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		b := open(t, filepath.Join(dir, "state.json"))
		if _, err := pay(b, "A1", "t1", 100, book.Paid); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if _, _, err := refund(b, "t1", "r1", 40, book.RefundConfirmed); err == nil {
			t.Fatal("saved into a folder that is gone")
		}
		p, err := b.Payment("p", "t1")
		if err != nil || p.Refunded != 0 || len(b.Refunds()) != 0 {
			t.Errorf("%+v, %v, %d refunds", p, err, len(b.Refunds()))
		}
	})
	t.Run("a file that is no book is refused", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "state.json")
		if err := os.WriteFile(file, []byte("hello"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := book.Open(file); err == nil {
			t.Error("opened")
		}
	})
}
