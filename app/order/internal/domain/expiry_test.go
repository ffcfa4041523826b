package domain

import (
	"testing"
	"time"
)

func TestQueryIn(t *testing.T) {
	after := []time.Duration{5 * time.Minute, 30 * time.Minute}
	for now, want := range map[time.Duration]time.Duration{
		0: 5 * time.Minute, 5 * time.Minute: 25 * time.Minute, 10 * time.Minute: 20 * time.Minute,
		40 * time.Minute: 20 * time.Minute, time.Hour: 0, 2 * time.Hour: 0,
	} {
		o := orderIn(Created) // expires an hour after placing
		o.now = today.Add(now)
		if got := o.QueryIn(after); got != want {
			t.Errorf("%s after placing: in %s, want %s", now, got, want)
		}
	}
	if got := orderIn(Created).QueryIn([]time.Duration{2 * time.Hour}); got != time.Hour {
		t.Errorf("a time after expiry: in %s", got)
	}
}

func TestNotPaid(t *testing.T) {
	t.Run("only an answer given after expiry cancels the order, and then its trade is closed", func(t *testing.T) {
		o := orderIn(Created)
		o.provider = "wechatpay"
		if o.NotPaid(o.expiresAt.Add(-time.Microsecond)) || o.Status() != Created {
			t.Fatal("cancelled by an answer from before its expiry")
		}
		if !o.NotPaid(o.expiresAt) || o.Status() != Cancelled || tasks(o.Changes()) != "+close_payment O1" {
			t.Fatalf("status %s, tasks %s", o.Status(), tasks(o.Changes()))
		}
		if lane := o.Changes().NewTasks[0].Lane; lane != "wechatpay" {
			t.Fatalf("lane %q", lane)
		}
	})
	t.Run("a paid order stays paid", func(t *testing.T) {
		for _, status := range []Status{Paid, Fulfilled, Unfulfillable, Refunding, Refunded, Cancelled} {
			o := orderIn(status)
			if o.NotPaid(o.expiresAt.Add(time.Hour)) || o.Status() != status {
				t.Errorf("%s became %s", status, o.Status())
			}
		}
	})
}
