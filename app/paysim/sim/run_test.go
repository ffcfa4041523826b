package sim

import (
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/keyset"
)

// keys are made once: RSA takes its time.
var keys = sync.OnceValues(func() (*keyset.Set, error) { return keyset.New() })

// fresh is a server whose notices go to receive.
func fresh(t *testing.T, o Options, receive func(provider string) deliver.Answer) *Server {
	t.Helper()
	set, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	o.Dialects, o.Callback = set.Dialects(), "http://127.0.0.1:1"
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.send = func(_ context.Context, provider string, request deliver.Request) deliver.Answer {
		if h, body := request(time.Now()); len(h) == 0 || len(body) == 0 {
			t.Errorf("%s sends nothing", provider)
		}
		return receive(provider)
	}
	return s
}

// running runs s until the returned function is called.
func running(t *testing.T, s *Server) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func paid(t *testing.T, s *Server, provider, order string) book.Payment {
	t.Helper()
	p, err := s.Pay(t.Context(), Payment{Provider: provider, OrderNumber: order, Amount: 1099})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNoticesComeAgainOnTheProvidersOwnSchedule(t *testing.T) {
	if _, err := keys(); err != nil { // not on the fake clock
		t.Fatal(err)
	}
	const m, h = time.Minute, time.Hour
	for provider, want := range map[string]struct {
		tries       int
		first, last time.Duration // since the first try
	}{
		"wechatpay": {16, 15 * time.Second, 24*h + 4*m},
		"alipay":    {8, 4 * m, 24*h + 24*m},
		"standard":  {10, 5 * time.Second, 75*h + 35*m + 5*time.Second},
		"stripe":    {12, 2 * m, 68*h + 14*m},
	} {
		for _, speed := range []int{1, 600} {
			t.Run(provider, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					start := time.Now()
					var at []time.Duration
					s := fresh(t, Options{Speed: speed}, func(string) deliver.Answer {
						at = append(at, time.Since(start))
						return deliver.Answer{Status: http.StatusServiceUnavailable}
					})
					stop := running(t, s)
					paid(t, s, provider, "A1")
					time.Sleep(100 * time.Hour)
					synctest.Wait()
					stop()
					n := time.Duration(speed)
					if len(at) != want.tries || at[0] != 0 || at[1] != want.first/n || (at[len(at)-1]-want.last/n).Abs() > time.Microsecond {
						t.Errorf("speed %d: %d tries at %v", speed, len(at), at)
					}
					if d := s.Deliveries(); len(d) != 1 || d[0].State != book.GivenUp || d[0].Tries != want.tries {
						t.Errorf("%+v", d)
					}
				})
			})
		}
	}
}

func TestANoticeThatIsTakenIsNotRepeated(t *testing.T) {
	if _, err := keys(); err != nil {
		t.Fatal(err)
	}
	taken := map[string]deliver.Answer{
		"wechatpay": {Status: 204}, "alipay": {Status: 200, Body: "success"}, "standard": {Status: 202}, "stripe": {Status: 200},
	}
	for provider, answer := range taken {
		t.Run(provider, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				s := fresh(t, Options{}, func(string) deliver.Answer {
					if calls++; calls < 3 {
						return deliver.Answer{Status: 500}
					}
					return answer
				})
				stop := running(t, s)
				paid(t, s, provider, "A1")
				time.Sleep(100 * time.Hour)
				synctest.Wait()
				stop()
				if d := s.Deliveries(); calls != 3 || d[0].State != book.Taken || d[0].Tries != 3 {
					t.Errorf("%d calls, %+v", calls, d)
				}
			})
		})
	}
}

func TestManyNoticesAreUnderWayTogetherAndAllArrive(t *testing.T) {
	if _, err := keys(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		s := fresh(t, Options{}, func(string) deliver.Answer {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			now--
			return deliver.Answer{Status: 200}
		})
		for range 100 {
			paid(t, s, "stripe", "A1")
		}
		stop := running(t, s)
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		open := slices.ContainsFunc(s.Deliveries(), func(d book.Delivery) bool { return d.State != book.Taken || d.Tries != 1 })
		if open || most != atOnce {
			t.Errorf("%d together, some are not taken at their first try: %t", most, open)
		}
	})
}

func TestAfterARestartWhatWasNotTakenIsSent(t *testing.T) {
	if _, err := keys(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "state.json")
	synctest.Test(t, func(t *testing.T) {
		s := fresh(t, Options{State: file, RefundDelay: time.Hour}, func(string) deliver.Answer { return deliver.Answer{Status: 500} })
		stop := running(t, s)
		paid(t, s, "wechatpay", "A1")
		synctest.Wait()
		stop()

		again := fresh(t, Options{State: file}, func(string) deliver.Answer { return deliver.Answer{Status: 200} })
		if len(again.Payments()) != 1 {
			t.Fatalf("%+v", again.Payments())
		}
		stop = running(t, again)
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		if d := again.Deliveries(); d[0].State != book.Taken || d[0].Tries != 2 || d[0].ID != s.Deliveries()[0].ID {
			t.Errorf("%+v", d)
		}
	})
}

func TestAPendingRefundIsConfirmedAndReportedWhenItsTimeComes(t *testing.T) {
	if _, err := keys(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := fresh(t, Options{}, func(string) deliver.Answer { return deliver.Answer{Status: 200} })
		stop := running(t, s)
		defer stop()
		p := paid(t, s, "stripe", "A1")
		made, _, err := s.book.Refund(book.Refund{
			Provider: "stripe", ID: "re_1", TransactionID: p.TransactionID, State: book.RefundPending, Due: time.Now().Add(time.Hour),
		}, time.Now())
		if err != nil || made.Amount != 1099 {
			t.Fatalf("%+v, %v", made, err)
		}
		s.nudge()
		time.Sleep(time.Hour - time.Second)
		synctest.Wait()
		if r := s.Refunds()[0]; r.State != book.RefundPending {
			t.Errorf("too early: %+v", r)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if r := s.Refunds()[0]; r.State != book.RefundConfirmed || s.Payments()[0].Refunded != 1099 {
			t.Errorf("%+v", r)
		}
		if d := s.Deliveries(); len(d) != 3 || d[1].Event != "refund.updated" || d[2].Event != "charge.refunded" {
			t.Errorf("%+v", d)
		}
	})
}
