// Package linearizability holds the store to the strongest promise a concurrent
// object can make: whatever many callers did at once, each answer is one that the
// same calls, made one after the other in some order, would have got; and a call
// that returned before another began comes before it in that order.
//
// Clients call the usecases on a real database at the same time and write down when
// each call began, when it returned and with what. Porcupine then looks for an order
// that the sequential model explains. A call that was cut off has no answer and may
// have taken effect at any later time, or never.
package linearizability
