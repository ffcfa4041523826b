package usecase

import (
	"context"
	"fmt"
	"sync"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// batchWorkers bounds how many orders of one batch are decided at a time, so that a
// batch does not take the whole connection pool from everybody else.
const batchWorkers = 8

// BatchDeduct takes the stock of many paid orders, each for itself.
type BatchDeduct struct{ deduct *Deduct }

// NewBatchDeduct returns the usecase.
func NewBatchDeduct(deduct *Deduct) *BatchDeduct { return &BatchDeduct{deduct} }

// Order is one order of a batch.
type Order struct {
	Number string
	Lines  []domain.Line
}

// BatchAnswer is one order's answer, or the error that Deduct returned for it.
type BatchAnswer struct {
	Answer domain.Answer
	Err    error
}

// Do decides the orders, several at a time, and returns one answer for each, in
// their order. One that fails does not fail another.
func (uc *BatchDeduct) Do(ctx context.Context, orders []Order) []BatchAnswer {
	answers := make([]BatchAnswer, len(orders))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(batchWorkers, len(orders)) {
		workers.Go(func() {
			for i := range next {
				answers[i] = uc.one(ctx, orders[i])
			}
		})
	}
	for i := range orders {
		next <- i
	}
	close(next)
	workers.Wait()
	return answers
}

// one keeps a panic, which no caller's recovery would see, within its order.
func (uc *BatchDeduct) one(ctx context.Context, order Order) (answer BatchAnswer) {
	defer func() {
		if cause := recover(); cause != nil {
			answer = BatchAnswer{Err: fmt.Errorf("panic while deducting order %s: %v", order.Number, cause)}
		}
	}()
	decided, err := uc.deduct.Do(ctx, order.Number, order.Lines)
	return BatchAnswer{Answer: decided, Err: err}
}
