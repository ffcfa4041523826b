//go:build race

package proof

// underRace tells that the race detector makes the search ten times slower, and it is
// one goroutine's.
const underRace = true
