package standard

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	wire "github.com/stockonce/stockonce/app/order/internal/dialect/standard"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Query implements refund.API.
func (a *API) Query(ctx context.Context, orderNumber string) (domain.Notice, error) {
	body, err := a.exchange(ctx, "/payments/query", "query_"+orderNumber, map[string]string{"orderNumber": orderNumber})
	if err != nil {
		return domain.Notice{}, err
	}
	if !json.Valid(body) {
		return domain.Notice{}, fmt.Errorf("query: %w", decode(body, new(any)))
	}
	n := wire.Read(body)
	switch n.State {
	case wire.Paid, "pending", "failed", "closed", "unknown":
		if n.OrderNumber != orderNumber {
			n = unreadable(n, "orderNumber: must be the one that was asked about")
		}
	default:
		// A callback may report anything; an answer that is not understood must not
		// be taken for "not paid", because orders expire on that.
		n = unreadable(n, "state: must be paid, pending, failed, closed or unknown")
	}
	n.Provider = Name
	n.Delivery.Body = body
	return n, nil
}

func unreadable(n domain.Notice, problem string) domain.Notice {
	n.Refund = nil
	return dialect.Unreadable(n, problem)
}
