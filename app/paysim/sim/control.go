package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"

	"github.com/stockonce/stockonce/app/paysim/book"
)

// routes lays out everything on one listener.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, d := range s.dialects {
		mux.HandleFunc("/"+d.Name()+"/", s.serve(d))
	}
	mux.HandleFunc("POST /sim/pay", control(func(ctx context.Context, asked struct {
		Payment
		Notify *bool `json:"notify"`
	},
	) (any, error) {
		asked.Silent = asked.Notify != nil && !*asked.Notify
		return s.Pay(ctx, asked.Payment)
	}))
	mux.HandleFunc("POST /sim/refund", control(func(ctx context.Context, asked struct {
		Refund
		Notify *bool `json:"notify"`
	},
	) (any, error) {
		asked.Silent = asked.Notify != nil && !*asked.Notify
		return s.Refund(ctx, asked.Refund)
	}))
	mux.HandleFunc("POST /sim/settle", control(func(ctx context.Context, asked struct {
		Provider string           `json:"provider"`
		RefundID string           `json:"refundId"`
		State    book.RefundState `json:"state"`
		Failure  string           `json:"failure"`
	},
	) (any, error) {
		return s.Settle(ctx, asked.Provider, asked.RefundID, asked.State, asked.Failure)
	}))
	mux.HandleFunc("POST /sim/fault", control(func(_ context.Context, asked struct {
		Fault
		Times *int `json:"times"`
	},
	) (any, error) {
		asked.Fault.Times = 1
		if asked.Times != nil {
			asked.Fault.Times = *asked.Times
		}
		return asked.Fault, s.Fault(asked.Fault)
	}))
	mux.HandleFunc("GET /sim/payments", func(w http.ResponseWriter, r *http.Request) {
		write(w, http.StatusOK, map[string]any{"payments": filter(r, s.Payments(), func(p book.Payment) names {
			return names{p.Provider, p.OrderNumber, p.TransactionID}
		})})
	})
	mux.HandleFunc("GET /sim/refunds", func(w http.ResponseWriter, r *http.Request) {
		write(w, http.StatusOK, map[string]any{"refunds": filter(r, s.Refunds(), func(r book.Refund) names {
			return names{r.Provider, r.OrderNumber, r.TransactionID}
		})})
	})
	mux.HandleFunc("GET /sim/deliveries", func(w http.ResponseWriter, r *http.Request) {
		write(w, http.StatusOK, map[string]any{"deliveries": filter(r, s.Deliveries(), func(d book.Delivery) names {
			return names{d.Payment.Provider, d.Payment.OrderNumber, d.Payment.TransactionID}
		})})
	})
	return mux
}

type names struct{ provider, order, transaction string }

// filter keeps what the query names: provider, order, transaction.
func filter[T any](r *http.Request, all []T, of func(T) names) []T {
	query := r.URL.Query()
	kept := slices.DeleteFunc(all, func(one T) bool {
		n := of(one)
		return (query.Has("provider") && query.Get("provider") != n.provider) ||
			(query.Has("order") && query.Get("order") != n.order) ||
			(query.Has("transaction") && query.Get("transaction") != n.transaction)
	})
	return append([]T{}, kept...) // not null
}

// control makes a handler of an act: JSON in, JSON out. Only JSON is taken, which no
// web page can send here from elsewhere.
func control[T any](act func(context.Context, T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			refuse(w, http.StatusUnsupportedMediaType, errors.New("the body must be application/json"))
			return
		}
		var asked T
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&asked); err != nil {
			refuse(w, http.StatusBadRequest, fmt.Errorf("read the request: %w", err))
			return
		}
		done, err := act(r.Context(), asked)
		if err != nil {
			refuse(w, statusOf(err), err)
			return
		}
		write(w, http.StatusOK, done)
	}
}

func statusOf(err error) int {
	for _, conflict := range []error{book.ErrClosed, book.ErrConflict, book.ErrPaid, book.ErrUnpaid, book.ErrExceeds, book.ErrRefunded} {
		if errors.Is(err, conflict) {
			return http.StatusConflict
		}
	}
	if errors.Is(err, book.ErrUnknownPayment) || errors.Is(err, book.ErrUnknownRefund) {
		return http.StatusNotFound
	}
	return http.StatusBadRequest
}

func refuse(w http.ResponseWriter, status int, err error) {
	write(w, status, map[string]string{"error": err.Error()})
}

func write(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "encode the answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client is gone: its loss
}
