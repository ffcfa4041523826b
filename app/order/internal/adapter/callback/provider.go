// Package callback receives what payment providers report: it verifies the raw
// bytes with the provider's scheme, turns them into a notice and answers in the
// provider's own words.
//
// A provider is one package below this one that implements Provider, with a Build
// function that the composition root lists.
package callback

import (
	"errors"
	"net/http"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// ErrUnverified is returned for a request that the provider did not sign, or not now.
var ErrUnverified = errors.New("not verified")

// Request is a provider's HTTP request as it arrived.
type Request struct {
	Header http.Header
	Body   []byte
}

// Provider knows how one payment provider signs, writes and wants to be answered.
// Implementations are safe for concurrent use.
type Provider interface {
	// Read verifies the request over its raw bytes, before it looks into them, and
	// says in our words what it reports.
	//
	// ErrUnverified is returned when the signature is missing or wrong or its time is
	// outside the window around now; there is no other error. What is verified but
	// cannot be read is a notice with a verdict and a problem. The text of an error
	// holds nothing of the body and no secret.
	Read(r Request, now time.Time) (domain.Notice, error)

	// Refuse is the answer to a request that is not recorded, with the HTTP status given.
	Refuse(status int) domain.Answer

	// Keys tells the keys that verify, so that their end is seen coming.
	Keys() []keyring.Key
}

type (
	// Build makes a provider of its configuration.
	Build = keyring.Build[*conf.Providers, Provider]
	// Providers holds the configured providers by the name in the callback's path.
	Providers = keyring.Set[*conf.Providers, Provider]
)
