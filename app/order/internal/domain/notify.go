package domain

import (
	"fmt"
	"strconv"
	"strings"
)

// NotifyRef names the task that tells a target about an event: tasks are unique by
// kind and name, and each target is told on its own.
func NotifyRef(target, number string, sequence int64) string {
	return fmt.Sprintf("%s/%s/%d", target, number, sequence)
}

// ParseNotifyRef tells the event's order and sequence.
func ParseNotifyRef(ref string) (number string, sequence int64, err error) {
	parts := strings.Split(ref, "/")
	if len(parts) != 3 {
		return "", 0, fmt.Errorf("%q names no event", ref)
	}
	if sequence, err = strconv.ParseInt(parts[2], 10, 64); err != nil {
		return "", 0, fmt.Errorf("%q names no event: %w", ref, err)
	}
	return parts[1], sequence, nil
}
