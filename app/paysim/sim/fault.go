package sim

import (
	"fmt"
	"slices"
	"sync"

	"github.com/stockonce/stockonce/app/paysim/dialect"
)

// FaultKind is a way in which a provider's API fails.
type FaultKind string

const (
	Timeout         FaultKind = "timeout"           // nothing is done, no answer comes
	Status500       FaultKind = "500"               // nothing is done
	Garbage         FaultKind = "garbage"           // nothing is done, the answer is a web page
	NotFound        FaultKind = "not_found"         // nothing is done: the provider says it knows nothing of it
	AlreadyRefunded FaultKind = "already_refunded"  // nothing is done: the provider says it was
	WrongAmount     FaultKind = "wrong_amount"      // it is done, the answer tells one minor unit more
	BadSignature    FaultKind = "bad_signature"     // it is done, another key signs the answer
	Drop            FaultKind = "drop_after_commit" // it is done, the connection breaks
	Pending         FaultKind = "pending"           // a refund waits to be settled; a payment looks unpaid
	Failed          FaultKind = "failed"            // a refund fails for good; a payment looks failed
)

// Fault is how the next answers of a provider's API are spoiled.
type Fault struct {
	Provider  string            `json:"provider"`
	Operation dialect.Operation `json:"operation"`
	Kind      FaultKind         `json:"fault"`
	// Times is how many answers; 0 takes back the faults told before, of any kind.
	Times int `json:"times"`
}

// kinds are the faults each operation can have.
var kinds = map[dialect.Operation][]FaultKind{
	dialect.Refund:      {Timeout, Status500, Garbage, NotFound, AlreadyRefunded, WrongAmount, BadSignature, Drop, Pending, Failed},
	dialect.RefundQuery: {Timeout, Status500, Garbage, NotFound, WrongAmount, BadSignature, Drop, Pending, Failed},
	dialect.Query:       {Timeout, Status500, Garbage, NotFound, WrongAmount, BadSignature, Drop, Pending, Failed},
	dialect.Close:       {Timeout, Status500, Garbage, NotFound, BadSignature, Drop},
}

// signsAnswers are the providers whose answers have a signature to spoil.
var signsAnswers = []string{"wechatpay", "alipay"}

// Fault spoils the next answers. Faults told one after the other happen in that order.
func (s *Server) Fault(f Fault) error {
	if _, err := s.dialect(f.Provider); err != nil {
		return err
	}
	possible, ok := kinds[f.Operation]
	switch {
	case !ok:
		return fmt.Errorf("operation %q is none of refund, refund_query, query, close", f.Operation)
	case f.Times < 0:
		return fmt.Errorf("times must not be below zero")
	case f.Times > 0 && !slices.Contains(possible, f.Kind):
		return fmt.Errorf("fault %q is none that %s can have: %v", f.Kind, f.Operation, possible)
	case f.Kind == BadSignature && !slices.Contains(signsAnswers, f.Provider):
		return fmt.Errorf("%s signs no answers", f.Provider)
	}
	s.faults.add(f)
	return nil
}

// faults are those still to happen.
type faults struct {
	mu   sync.Mutex
	list []Fault
}

func (f *faults) add(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fault.Times == 0 {
		f.list = slices.DeleteFunc(f.list, func(told Fault) bool {
			return told.Provider == fault.Provider && told.Operation == fault.Operation
		})
		return
	}
	f.list = append(f.list, fault)
}

// take is the fault that the next answer has; empty: none.
func (f *faults) take(provider string, operation dialect.Operation) FaultKind {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		fault := &f.list[i]
		if fault.Provider != provider || fault.Operation != operation {
			continue
		}
		kind := fault.Kind
		if fault.Times--; fault.Times == 0 {
			f.list = slices.Delete(f.list, i, i+1)
		}
		return kind
	}
	return ""
}
