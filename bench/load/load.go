// Package load sends HTTP requests at a given rate, whatever becomes of them: an open
// loop, as the world outside is. Clients that wait for an answer before they send the
// next request slow down with the server and never show what overload does to it.
//
// It is its own, and not one of the known generators, because it shares the machine
// with what it measures: a request costs it one write and one parsed answer.
package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Request is a request to send.
type Request struct {
	// Bytes are the whole of it, in HTTP/1.1.
	Bytes []byte
	// Done is told the answer's status, or 0 when there was none. Nil is told nothing.
	Done func(status int)
}

// Plan is what to send, where and how often.
type Plan struct {
	Addr string
	// Rate is in requests a second.
	Rate float64
	For  time.Duration
	// Next makes the next request. It is called one at a time and must be quick.
	Next func() Request
	// InFlight is how many may be without an answer at once; what is due above that is
	// not sent, and counted as Unsent.
	InFlight int
	// Patience is how long an answer may take.
	Patience time.Duration
}

// tick is how often requests that are due are sent.
const tick = time.Millisecond

// Run carries a plan out and returns when the last request is answered or given up.
func Run(ctx context.Context, p Plan) *Result {
	r := &Result{Status: map[int]int{}}
	s := &sender{plan: p, result: r, slots: make(chan struct{}, p.InFlight), idle: make(chan *conn, p.InFlight)}
	begin := time.Now()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	sent := 0
	for elapsed := time.Duration(0); elapsed < p.For && ctx.Err() == nil; elapsed = time.Since(begin) {
		for due := int(elapsed.Seconds() * p.Rate); sent < due; sent++ {
			s.send(ctx, begin.Add(time.Duration(float64(sent)/p.Rate*float64(time.Second))))
		}
		<-ticker.C
	}
	r.Lasted = time.Since(begin)
	s.running.Wait()
	s.close()
	return r
}

type sender struct {
	plan    Plan
	result  *Result
	slots   chan struct{}
	idle    chan *conn
	running sync.WaitGroup
}

// send sends one request that was due at a time, and does not wait for it.
func (s *sender) send(ctx context.Context, due time.Time) {
	select {
	case s.slots <- struct{}{}:
	default:
		s.result.unsent()
		return
	}
	request := s.plan.Next()
	s.running.Go(func() {
		defer func() { <-s.slots }()
		status, err := s.exchange(ctx, request.Bytes)
		s.result.add(due, status, err)
		if request.Done != nil {
			request.Done(status)
		}
	})
}

// exchange sends a request on an idle connection or a new one. Servers close idle
// connections when they like, so one that proves dead is replaced once.
func (s *sender) exchange(ctx context.Context, request []byte) (int, error) {
	select {
	case c := <-s.idle:
		if status, err := s.on(c, request); err == nil || !errors.Is(err, errUnused) {
			return status, err
		}
	default:
	}
	dialer := net.Dialer{Timeout: s.plan.Patience}
	inner, err := dialer.DialContext(ctx, "tcp", s.plan.Addr)
	if err != nil {
		return 0, fmt.Errorf("connect: %w", err)
	}
	return s.on(&conn{inner, bufio.NewReaderSize(inner, 1<<10)}, request)
}

// on exchanges one request for one answer and keeps the connection if it can be.
func (s *sender) on(c *conn, request []byte) (int, error) {
	status, keep, err := c.exchange(request, s.plan.Patience)
	if err != nil || !keep {
		_ = c.Close()
		return status, err
	}
	select {
	case s.idle <- c:
	default:
		_ = c.Close()
	}
	return status, nil
}

func (s *sender) close() {
	for {
		select {
		case c := <-s.idle:
			_ = c.Close()
		default:
			return
		}
	}
}

// errUnused says that a connection was gone before a byte of an answer came.
var errUnused = errors.New("connection gone")

type conn struct {
	net.Conn
	answers *bufio.Reader
}

func (c *conn) exchange(request []byte, patience time.Duration) (status int, keep bool, err error) {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, false, fmt.Errorf("%w: %w", errUnused, err)
	}
	if _, err := c.Write(request); err != nil {
		return 0, false, fmt.Errorf("%w: %w", errUnused, err)
	}
	if _, err := c.answers.Peek(1); err != nil {
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
			return 0, false, fmt.Errorf("no answer: %w", err)
		}
		return 0, false, fmt.Errorf("%w: %w", errUnused, err)
	}
	resp, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return 0, false, fmt.Errorf("read answer: %w", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0, false, fmt.Errorf("read answer: %w", err)
	}
	return resp.StatusCode, !resp.Close, nil
}
