// Package sim plays payment providers: it keeps payments, reports them until they are
// taken, on each provider's real schedule, and serves the providers' APIs for
// refunds, queries and closings. It can be told to fail in the ways that real ones do.
package sim

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
)

// Options say what a Server plays.
type Options struct {
	// Dialects are the providers: keyset.Set.Dialects.
	Dialects []dialect.Dialect
	// Callback is the order service's base URL. Empty: nothing is reported.
	Callback string
	// Speed divides the pauses between tries of a notice; 0 is 1, as the real ones.
	Speed int
	// State is the file that keeps everything over a restart; empty: none.
	State string
	// RefundDelay is how long a refund is pending; 0: it is confirmed in the answer.
	RefundDelay time.Duration
	// Logger tells what happens, without keys or bodies; nil: nobody.
	Logger *slog.Logger
}

// Server plays the providers. Its methods are safe for concurrent use. Notices are
// delivered and pending refunds confirmed while Run runs.
type Server struct {
	options  Options
	dialects map[string]dialect.Dialect
	book     *book.Book
	faults   faults
	mux      *http.ServeMux

	send    func(ctx context.Context, provider string, request deliver.Request) deliver.Answer
	senders map[string]*deliver.Sender
	wake    chan struct{} // holds a token when there is something new for Run

	mu     sync.Mutex
	flying map[string]bool // deliveries under way
}

// New makes a server. An error is about the state file.
func New(o Options) (*Server, error) {
	kept, err := book.Open(o.State)
	if err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Speed = max(o.Speed, 1)
	s := &Server{
		options: o, book: kept, dialects: map[string]dialect.Dialect{}, senders: map[string]*deliver.Sender{},
		wake: make(chan struct{}, 1), flying: map[string]bool{},
	}
	s.send = func(ctx context.Context, provider string, request deliver.Request) deliver.Answer {
		return s.senders[provider].Send(ctx, request)
	}
	for _, d := range o.Dialects {
		s.dialects[d.Name()] = d
		s.senders[d.Name()] = deliver.NewSender(keyfile.CallbackURL(o.Callback, d.Name()), d.Retry().Patience)
	}
	s.mux = s.routes()
	return s, nil
}

// ServeHTTP serves the providers' APIs under /<provider>/ and the control API under /sim/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Dialect is the provider with the name, to make notices by hand: repeated, forged or
// late ones.
func (s *Server) Dialect(name string) (dialect.Dialect, bool) {
	d, ok := s.dialects[name]
	return d, ok
}

// Payments returns all payments, oldest first.
func (s *Server) Payments() []book.Payment { return s.book.Payments() }

// Refunds returns all refunds, oldest first.
func (s *Server) Refunds() []book.Refund { return s.book.Refunds() }

// Deliveries returns all notices, delivered or not, oldest first.
func (s *Server) Deliveries() []book.Delivery { return s.book.Deliveries() }

// dialect finds a provider by name.
func (s *Server) dialect(name string) (dialect.Dialect, error) {
	d, ok := s.dialects[name]
	if !ok {
		return nil, fmt.Errorf("provider %q is none that is played here", name)
	}
	return d, nil
}
