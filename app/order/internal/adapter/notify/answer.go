package notify

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// maxPause is the longest pause a target may ask for: the longest of the schedule.
const maxPause = 24 * time.Hour

// judge says what a status means.
//
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#delivery-success-and-failure
func judge(res *http.Response, now time.Time) error {
	switch code := res.StatusCode; code {
	case http.StatusGone:
		return fmt.Errorf("%w: it answered with status 410", usecase.ErrTargetGone)
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		if pause := retryAfter(res.Header.Get("Retry-After"), now); pause > 0 {
			return &usecase.RetryAfterError{
				Pause:  pause,
				Reason: fmt.Sprintf("it answered with status %d and asked for a pause of %s", code, pause),
			}
		}
		return fmt.Errorf("it answered with status %d", code)
	default:
		if code < 200 || code > 299 {
			return fmt.Errorf("it answered with status %d", code)
		}
		return nil
	}
}

// retryAfter reads a pause in seconds or until a date (RFC 9110, 10.2.3), at most
// maxPause. It is zero when there is none, or when it is over.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	// A number too large to be read is read as the largest.
	if seconds, err := strconv.ParseUint(header, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(maxPause/time.Second))) * time.Second
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(0, min(date.Sub(now), maxPause))
}
