package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 8 << 20

type price struct {
	amount   int64
	currency string
}

// askPrice asks the order service what an order costs. An error goes with its exit code.
func askPrice(ctx context.Context, opts payOptions) (price, int, error) {
	base, err := url.Parse(opts.url)
	if err != nil {
		return price{}, exitUsage, fmt.Errorf("--url: %w", err)
	}
	where := base.Scheme + "://" + base.Host + "/v1/orders/" + url.PathEscape(opts.order)
	var answer struct {
		Order struct {
			Amount   string `json:"amount"`
			Currency string `json:"currency"`
		} `json:"order"`
	}
	status, err := exchange(ctx, opts.timeout, opts.token, http.MethodGet, where, nil, &answer)
	switch {
	case status == 0:
		return price{}, exitNoAnswer, fmt.Errorf("ask what the order costs, or give --amount: %w", err)
	case status == http.StatusNotFound:
		return price{}, exitUsage, fmt.Errorf("there is no order %s; --amount pays it nevertheless", opts.order)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return price{}, exitUsage, fmt.Errorf("the order service does not tell us what the order costs (%w): give --amount, or a token in the variable %s", err, tokenVariable)
	case err != nil:
		return price{}, exitUnexpected, fmt.Errorf("ask what the order costs, or give --amount: %w", err)
	}
	amount, err := strconv.ParseInt(answer.Order.Amount, 10, 64)
	if err != nil {
		return price{}, exitUnexpected, errors.New("the order service does not tell what the order costs; give --amount")
	}
	return price{amount, answer.Order.Currency}, exitOK, nil
}

// exchange sends in as JSON, if there is any, with a bearer token, if there is one, and
// reads the JSON answer 200 into out. The status is 0 when no answer came.
func exchange(ctx context.Context, timeout time.Duration, token, method, where string, in, out any) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var body io.Reader = http.NoBody
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return 0, fmt.Errorf("encode the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, where, body)
	if err != nil {
		return 0, fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return 0, fmt.Errorf("read the answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		var problem struct {
			Error string `json:"error"`
		}
		if json.Unmarshal(text, &problem) == nil && problem.Error != "" {
			return res.StatusCode, errors.New(problem.Error)
		}
		return res.StatusCode, fmt.Errorf("answered %s", res.Status)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return res.StatusCode, fmt.Errorf("read the answer: %w", err)
	}
	return res.StatusCode, nil
}
