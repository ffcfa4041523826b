package main

import (
	"context"
	"database/sql"
	"sync/atomic"
	"time"
)

// crowd has customers come later while much is under way already: chaos must not grow
// a queue that takes longer to settle than it has lasted itself, on any machine. Its
// methods are safe for concurrent use.
type crowd struct {
	db     *sql.DB
	inside atomic.Int64 // customers
	left   atomic.Int64 // work that they left
}

const (
	insideAtOnce = 200
	leftAtOnce   = 500
	crowdedPause = 200 * time.Millisecond
)

// watch counts what was left, again and again until ctx ends. Questions to a provider
// are no work: each order has one.
func (c *crowd) watch(ctx context.Context) {
	for again := true; again; again = pause(ctx, crowdedPause) {
		try, cancel := context.WithTimeout(ctx, 5*time.Second)
		left := int64(0)
		err := c.db.QueryRowContext(try, "SELECT COUNT(*) FROM tasks WHERE state = 'pending' AND kind <> 'query_payment'").Scan(&left)
		cancel()
		if err == nil { // else the last number stays
			c.left.Store(left)
		}
	}
}

// pass waits until there is room, at most until ctx ends, and returns for how long.
func (c *crowd) pass(ctx context.Context) (waited time.Duration) {
	for (c.inside.Load() > insideAtOnce || c.left.Load() > leftAtOnce) && pause(ctx, crowdedPause) {
		waited += crowdedPause
	}
	return waited
}
