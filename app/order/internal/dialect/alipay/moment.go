package alipay

import (
	"errors"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
)

// zone is the one of all times of Alipay.
var zone = time.FixedZone("UTC+8", 8*60*60)

// Moment reads a time, which may be missing: zero. It is as dialect.Keepable keeps it.
func Moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateTime, text, zone)
	if err == nil {
		t, err = dialect.Keepable(t)
	}
	if err != nil {
		return time.Time{}, errors.New("must be a time as in 2026-11-23 16:00:00, after the year 2000")
	}
	return t, nil
}

// Timestamp writes a time, to the second.
func Timestamp(t time.Time) string { return t.In(zone).Format(time.DateTime) }
