package grpcapi

import (
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

func toOrder(o *domain.Order) *orderv1.Order {
	out := &orderv1.Order{
		Number: o.Number(), Customer: o.Customer(), Provider: o.Provider(), Status: toStatus(o.Status()),
		Currency: o.Total().Currency, Amount: o.Total().Minor,
		CreatedAt: timestamppb.New(o.CreatedAt()), UpdatedAt: timestamppb.New(o.UpdatedAt()),
		ExpiresAt: timestamppb.New(o.ExpiresAt()),
	}
	for _, line := range o.Lines() {
		out.Lines = append(out.Lines, &orderv1.OrderLine{
			Sku: line.SKU, Quantity: line.Quantity, UnitPrice: line.UnitPrice,
		})
	}
	for _, p := range o.Payments() {
		out.Payments = append(out.Payments, &orderv1.Payment{
			Number: p.Number, Provider: p.Provider, TransactionId: p.TransactionID,
			Amount: p.Amount.Minor, Currency: p.Amount.Currency,
			Disposition: toDisposition(p.Disposition), ReceivedAt: timestamppb.New(p.ReceivedAt),
		})
	}
	for _, r := range o.Refunds() {
		out.Refunds = append(out.Refunds, &orderv1.Refund{
			Number: r.Number, Payment: r.Payment, Amount: r.Amount.Minor, Currency: r.Amount.Currency,
			State: toRefundState(r.State), Source: toRefundSource(r.Source), Reason: r.Reason, CreatedAt: timestamppb.New(r.CreatedAt),
		})
	}
	return out
}

// The API's enums are the domain's words in capitals behind the enum's name, so
// they are converted by name; a test goes through all of them.

func toStatus(s domain.Status) orderv1.OrderStatus {
	return orderv1.OrderStatus(orderv1.OrderStatus_value["ORDER_STATUS_"+strings.ToUpper(string(s))])
}

// fromStatus is empty for an unspecified status.
func fromStatus(s orderv1.OrderStatus) domain.Status {
	if s == orderv1.OrderStatus_ORDER_STATUS_UNSPECIFIED {
		return ""
	}
	return domain.Status(strings.ToLower(strings.TrimPrefix(s.String(), "ORDER_STATUS_")))
}

func toDisposition(d domain.Disposition) orderv1.Disposition {
	return orderv1.Disposition(orderv1.Disposition_value["DISPOSITION_"+strings.ToUpper(string(d))])
}

func toRefundState(s domain.RefundState) orderv1.RefundState {
	return orderv1.RefundState(orderv1.RefundState_value["REFUND_STATE_"+strings.ToUpper(string(s))])
}

func toRefundSource(s domain.RefundSource) orderv1.RefundSource {
	return orderv1.RefundSource(orderv1.RefundSource_value["REFUND_SOURCE_"+strings.ToUpper(string(s))])
}
