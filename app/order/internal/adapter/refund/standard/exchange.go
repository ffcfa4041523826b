package standard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
)

// errOther is returned for an answer that is about another order.
var errOther = errors.New("the answer is about another order")

// exchange posts a signed request and returns the body of an answer 200. Any other
// answer tells nothing. The id stays the same when the request is repeated.
func (a *API) exchange(ctx context.Context, path, id string, request any) ([]byte, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("api.endpoint.url: cannot be called")
	}
	now := time.Now()
	signature, err := a.signer.Sign(id, now, body)
	if err != nil {
		return nil, errors.New("cannot sign the request")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(standardwebhooks.HeaderWebhookID, id)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	answer, err := outbound.Exchange(a.client, req)
	if err != nil {
		return nil, fmt.Errorf("no answer from the provider: %w", err)
	}
	if answer.Status != http.StatusOK {
		return nil, fmt.Errorf("the provider answers %d", answer.Status)
	}
	return answer.Body, nil
}

// decode reads an answer. The error holds nothing of it.
func decode(answer []byte, into any) error {
	if json.Unmarshal(answer, into) != nil {
		return errors.New("the answer is not the JSON object that was agreed on")
	}
	return nil
}
