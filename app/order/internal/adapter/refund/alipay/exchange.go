package alipay

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/stockonce/stockonce/app/internal/platform/outbound"
)

// The gateway's methods.
const (
	methodRefund      = "alipay.trade.refund"
	methodRefundQuery = "alipay.trade.fastpay.refund.query"
	methodQuery       = "alipay.trade.query"
	methodClose       = "alipay.trade.close"
)

// exchange calls a method of the gateway and reads the verified answer into answer,
// which holds a status. It returns the body as it came. An error means that nothing is
// known: it is a refusal only when status says so.
func (a *API) exchange(ctx context.Context, method string, content any, answer interface{ unknown() error }) ([]byte, error) {
	body, err := a.send(ctx, method, content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	signed, err := a.open(method, body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	if err := json.Unmarshal(signed, answer); err != nil {
		// Without the decoder's text: it quotes the answer.
		return nil, fmt.Errorf("%s: the answer is not of its documented form", method)
	}
	if err := answer.unknown(); err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	return body, nil
}

func (a *API) send(ctx context.Context, method string, content any) ([]byte, error) {
	form, err := a.form(method, content)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.gateway, strings.NewReader(form))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	answer, err := outbound.Exchange(a.client, req)
	if err != nil {
		return nil, err
	}
	// Refusals come with 200 as well.
	if answer.Status != http.StatusOK {
		return nil, fmt.Errorf("answered with HTTP status %d", answer.Status)
	}
	return answer.Body, nil
}
