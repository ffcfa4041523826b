package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// maxAnswer is the longest body of an answer read, in bytes.
const maxAnswer = 1 << 20

// ErrAnswerTooLong is returned for an answer longer than an API of ours sends.
var ErrAnswerTooLong = errors.New("the answer is longer than 1 MiB")

// Answer is what came back, whatever its status.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Exchange sends a request and reads the whole answer, of at most 1 MiB. After an
// error the other side may have done what it was asked for, or not. The text of an
// error is as Do's.
func Exchange(c *http.Client, req *http.Request) (Answer, error) {
	res, err := Do(c, req)
	if err != nil {
		return Answer{}, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return Answer{}, fmt.Errorf("read answer: %w", err)
	}
	if len(body) > maxAnswer {
		return Answer{}, ErrAnswerTooLong
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: body}, nil
}

// Do sends a request; the caller closes the body of the answer. The text of an error
// leaves out the address that the client puts there: it may hold a password, a token,
// or whom the request is about.
func Do(c *http.Client, req *http.Request) (*http.Response, error) {
	res, err := c.Do(req) //nolint:gosec // the address is the caller's, who has it of the operator
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return res, err
}

// Bounded is ctx with the client's time-out, if it has one: for a call that takes
// several exchanges, each of which the client bounds anew.
func Bounded(ctx context.Context, c *http.Client) (context.Context, context.CancelFunc) {
	if c.Timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, c.Timeout)
}
