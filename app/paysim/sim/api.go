package sim

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/paysim/dialect"
)

// maxBody is the longest request taken.
const maxBody = 64 << 10

// longest bounds how long a request that gets no answer is kept.
const longest = 2 * time.Minute

// serve answers for one provider's API.
func (s *Server) serve(d dialect.Dialect) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "the request is too long or broken", http.StatusRequestEntityTooLarge)
			return
		}
		now := time.Now()
		call, err := d.Read(dialect.Request{
			Method: r.Method, Path: strings.TrimPrefix(r.URL.Path, "/"+d.Name()), Target: r.RequestURI,
			Query: r.URL.Query(), Header: r.Header, Body: body,
		}, now)
		res := dialect.Result{Err: err}
		var fault FaultKind
		if err == nil {
			fault = s.faults.take(d.Name(), call.Operation)
			if !spoil(r.Context(), w, fault) {
				return
			}
			res = s.execute(r.Context(), d, call, fault)
		}
		s.logCall(r.Context(), d.Name(), call, fault, res.Err)
		if fault == Drop {
			panic(http.ErrAbortHandler)
		}
		s.answer(w, d, call, res, fault)
	}
}

// spoil makes the answers that need no execution; false when that was all.
func spoil(ctx context.Context, w http.ResponseWriter, fault FaultKind) bool {
	switch fault {
	case Timeout:
		timer := time.NewTimer(longest)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		panic(http.ErrAbortHandler)
	case Status500:
		http.Error(w, "internal error", http.StatusInternalServerError)
		return false
	case Garbage:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html><body><h1>We will be back soon</h1></body></html>")
		return false
	case NotFound, AlreadyRefunded, WrongAmount, BadSignature, Drop, Pending, Failed:
	}
	return true
}

// answer writes what came of a call in the provider's words.
func (s *Server) answer(w http.ResponseWriter, d dialect.Dialect, c dialect.Call, res dialect.Result, fault FaultKind) {
	if fault == BadSignature {
		forged, err := d.Forged()
		if err != nil {
			http.Error(w, "no other key", http.StatusInternalServerError)
			return
		}
		d = forged
	}
	reply, err := d.Answer(c, res, time.Now())
	if err != nil {
		http.Error(w, "no answer", http.StatusInternalServerError)
		return
	}
	maps.Copy(w.Header(), reply.Header)
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body) // the client is gone: its loss
}

func (s *Server) logCall(ctx context.Context, provider string, c dialect.Call, fault FaultKind, err error) {
	outcome := "ok"
	if err != nil {
		outcome = err.Error()
	}
	operation := string(c.Operation)
	if errors.Is(err, dialect.ErrUnsigned) || operation == "" {
		operation = "unknown"
	}
	s.options.Logger.InfoContext(ctx, "api", "provider", provider, "operation", operation,
		"order", c.OrderNumber, "transaction", c.TransactionID, "refund", c.Refund.Number, "fault", string(fault), "outcome", outcome)
}
