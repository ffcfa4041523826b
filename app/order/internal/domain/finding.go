package domain

import (
	"fmt"
	"strings"
	"time"
)

// FindingKind is a way in which the books of order and product can be damaged.
type FindingKind string

const (
	// MissingDeduction: the order says that its stock is taken, or never will be, and
	// product does not. The ref is the order's number.
	MissingDeduction FindingKind = "missing_deduction"
	// ExtraDeduction: product took stock that no order of ours has, or other stock. The
	// ref is the order's number.
	ExtraDeduction FindingKind = "extra_deduction"
	// EditedStock: a SKU's stock is not the sum of its movements. The ref is its code.
	EditedStock FindingKind = "edited_stock"
	// MissingRefund: money is neither kept by a paid order, nor on its way back, nor
	// held. The ref is the payment's number.
	MissingRefund FindingKind = "missing_refund"
	// StuckTask: work waits for too long, or nothing remembers it. The ref is the
	// task's kind and ref.
	StuckTask FindingKind = "stuck_task"
	// MissedCallback: the provider has the money of an order that waits for it. The ref
	// is the order's number.
	MissedCallback FindingKind = "missed_callback"
	// PaymentWithoutOrder: money came for an order that does not exist. The ref is the
	// payment's number.
	PaymentWithoutOrder FindingKind = "payment_without_order"
)

// FindingKinds lists all there are.
func FindingKinds() []FindingKind {
	return []FindingKind{
		MissingDeduction, ExtraDeduction, EditedStock, MissingRefund, StuckTask, MissedCallback, PaymentWithoutOrder,
	}
}

// Finding is one damage. Kind and Ref name it.
type Finding struct {
	Kind  FindingKind
	Ref   string
	Order string // number of the order it is about; empty when it is about none
	// Detail says what is wrong, for people.
	Detail string
	// Remedy is the kind of the task that would repair it; empty when only a person can.
	Remedy TaskKind
}

// TaskRef is the ref of a finding about a task.
func TaskRef(kind TaskKind, ref string) string { return string(kind) + "/" + ref }

// ParseTaskRef tells which task a finding is about.
func ParseTaskRef(ref string) (kind TaskKind, of string, err error) {
	name, of, ok := strings.Cut(ref, "/")
	if !ok {
		return "", "", fmt.Errorf("%q names no task", ref)
	}
	return TaskKind(name), of, nil
}

// KeptFinding is a finding as it was stored.
type KeptFinding struct {
	Finding

	ID        int64
	FirstSeen time.Time
	LastSeen  time.Time
	// ResolvedAt is zero while it is open. ResolvedBy names the person who settled it,
	// and is empty when it was found in order again.
	ResolvedAt time.Time
	ResolvedBy string
	Reason     string
}
