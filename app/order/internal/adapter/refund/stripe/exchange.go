package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
)

// version is the API's version whose answers are read here, whatever the account's
// default is (https://docs.stripe.com/api/versioning).
const version = "2026-06-24.dahlia"

// refused is an error that Stripe answered with (https://docs.stripe.com/api/errors).
type refused struct {
	status  int
	Type    string `json:"type"`
	Code    string `json:"code"`
	Param   string `json:"param"`
	Message string `json:"message"`
}

// Error leaves the message out: it may hold a part of the key or a customer's data.
func (r *refused) Error() string {
	return fmt.Sprintf("stripe answers %d, type %.40q, code %.60q, param %.40q", r.status, r.Type, r.Code, r.Param)
}

// get asks for an object.
func (a *API) get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return a.exchange(ctx, http.MethodGet, path, "", "")
}

// post changes something. With an idempotency key Stripe does it once and gives the
// same answer again, an error too, for at least 24 hours
// (https://docs.stripe.com/api/idempotent_requests).
func (a *API) post(ctx context.Context, path string, form url.Values, idempotencyKey string) ([]byte, error) {
	return a.exchange(ctx, http.MethodPost, path, form.Encode(), idempotencyKey)
}

// exchange returns the body of an answer 200. The error is *refused when Stripe said
// no; any other means that nothing is known.
func (a *API) exchange(ctx context.Context, method, path, form, idempotencyKey string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.settings.url+path, strings.NewReader(form))
	if err != nil {
		return nil, errors.New("api.endpoint.url: cannot be called")
	}
	req.Header.Set("Authorization", "Bearer "+a.settings.key)
	req.Header.Set("Stripe-Version", version)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if idempotencyKey != "" {
		req.Header.Set("Idempotency-Key", idempotencyKey)
	}
	if a.settings.account != "" {
		req.Header.Set("Stripe-Account", a.settings.account)
	}
	answer, err := outbound.Exchange(a.client, req)
	if err != nil {
		return nil, fmt.Errorf("no answer from stripe: %w", err)
	}
	if answer.Status == http.StatusOK {
		return answer.Body, nil
	}
	var failure struct {
		Error refused `json:"error"`
	}
	if json.Unmarshal(answer.Body, &failure) != nil {
		failure.Error = refused{} // a proxy's page, for example
	}
	failure.Error.status = answer.Status
	return nil, &failure.Error
}
