package domain

import (
	"errors"
	"strings"
	"testing"
)

func TestAChangeThatBreaksARuleIsInvalid(t *testing.T) {
	restock := func(sku, id string, n int64, reason string) func() (Change, error) {
		return func() (Change, error) { return NewRestock(sku, id, n, reason) }
	}
	adjust := func(sku, id string, n int64, reason string) func() (Change, error) {
		return func() (Change, error) { return NewAdjustment(sku, id, n, reason, "ann") }
	}
	for _, c := range []struct {
		name string
		make func() (Change, error)
		ok   bool
	}{
		{"a restock without a reason", restock("tea", "r1", 1, ""), true},
		{"the largest restock", restock("tea", "r1", MaxChange, ""), true},
		{"a restock too large", restock("tea", "r1", MaxChange+1, ""), false},
		{"a restock of nothing", restock("tea", "r1", 0, ""), false},
		{"a restock below zero", restock("tea", "r1", -1, ""), false},
		{"a restock of no SKU", restock("", "r1", 1, ""), false},
		{"a restock without request id", restock("tea", "", 1, ""), false},
		{"a request id with a space", restock("tea", "r 1", 1, ""), false},
		{"a request id too long", restock("tea", strings.Repeat("r", 65), 1, ""), false},
		{"a restock's reason too long", restock("tea", "r1", 1, strings.Repeat("x", MaxReasonLength+1)), false},
		{"an adjustment upwards", adjust("tea", "a1", 1, "found"), true},
		{"the largest adjustment downwards", adjust("tea", "a1", -MaxChange, "fire"), true},
		{"an adjustment too large", adjust("tea", "a1", -MaxChange-1, "fire"), false},
		{"an adjustment of nothing", adjust("tea", "a1", 0, "found"), false},
		{"an adjustment without a reason", adjust("tea", "a1", 1, ""), false},
		{"an adjustment with a blank reason", adjust("tea", "a1", 1, "  "), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.make()
			if c.ok && err != nil {
				t.Errorf("refused: %v", err)
			}
			if !c.ok && !errors.Is(err, ErrInvalid) {
				t.Errorf("error is %v, want ErrInvalid", err)
			}
		})
	}
}

func TestAChangeIsReplayedOnlyWithTheSameContent(t *testing.T) {
	change := Change{SKU: "tea", Kind: KindAdjust, RequestID: "a1", Delta: -2, Reason: "broken"}
	for _, c := range []struct {
		name     string
		recorded Movement
		want     error
	}{
		{"the same", Movement{Delta: -2, Reason: "broken"}, nil},
		{"another quantity", Movement{Delta: 2, Reason: "broken"}, ErrRequestReused},
		{"another reason", Movement{Delta: -2, Reason: "lost"}, ErrRequestReused},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := change.Replays(c.recorded); !errors.Is(err, c.want) {
				t.Errorf("error is %v, want %v", err, c.want)
			}
		})
	}
}
