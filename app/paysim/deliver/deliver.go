// Package deliver sends provider notices over HTTP and keeps what was answered.
package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxAnswer bounds how much of an answer's body is kept.
const maxAnswer = 4 << 10

// Request makes the headers and the body of one try: a provider signs each try anew.
type Request func(at time.Time) (http.Header, []byte)

// Answer is what became of one try.
type Answer struct {
	// Status is the HTTP status, 0 when no answer came.
	Status int
	// Body is at most the first 4 KiB.
	Body string
	// RetryAfter is the header as it came.
	RetryAfter string
	// Took is from the first byte out to the last byte in.
	Took time.Duration
	// Err is why no answer came.
	Err error
}

// OK tells whether a provider would take this as received.
func (a Answer) OK() bool { return a.Err == nil && a.Status >= 200 && a.Status <= 299 }

// Sender posts to one URL. It follows no redirects, as providers do not. It is safe
// for concurrent use; Close frees its connections.
type Sender struct {
	url       string
	client    *http.Client
	transport *http.Transport
}

// NewSender makes a sender that waits at most timeout for each answer.
func NewSender(url string, timeout time.Duration) *Sender {
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	return &Sender{
		url:       url,
		transport: transport,
		client: &http.Client{
			Transport: transport,
			Timeout:   timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
		},
	}
}

// Close frees idle connections.
func (s *Sender) Close() { s.transport.CloseIdleConnections() }

// Send makes one try.
func (s *Sender) Send(ctx context.Context, request Request) Answer {
	start := time.Now()
	header, body := request(start)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return Answer{Err: fmt.Errorf("make the request: %w", err)}
	}
	req.Header = header
	res, err := s.client.Do(req)
	if err != nil {
		return Answer{Took: time.Since(start), Err: err}
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return Answer{Took: time.Since(start), Err: fmt.Errorf("read the answer: %w", err)}
	}
	return Answer{
		Status: res.StatusCode, Body: string(text),
		RetryAfter: res.Header.Get("Retry-After"), Took: time.Since(start),
	}
}

// Repeat makes n tries one after the other, whatever is answered. It stops early
// only when ctx ends.
func (s *Sender) Repeat(ctx context.Context, n int, request Request) []Answer {
	answers := make([]Answer, 0, n)
	for len(answers) < n && ctx.Err() == nil {
		answers = append(answers, s.Send(ctx, request))
	}
	return answers
}

// AtOnce makes n tries that start together.
func (s *Sender) AtOnce(ctx context.Context, n int, request Request) []Answer {
	answers := make([]Answer, n)
	start := make(chan struct{})
	var tries sync.WaitGroup
	for i := range answers {
		tries.Go(func() {
			<-start
			answers[i] = s.Send(ctx, request)
		})
	}
	close(start)
	tries.Wait()
	return answers
}
