package credential

import (
	"sync"
	"time"
)

const (
	// lifetime of a token that is signed here: long enough for clocks that differ,
	// short enough that nobody needs to call one back.
	lifetime = 5 * time.Minute
	// renewAfter is when a token is replaced by a new one.
	renewAfter = lifetime * 2 / 3
)

// holder has a token, or a key that signs tokens.
type holder struct {
	text   string // of the file: what two holders are compared by
	key    *Key   // nil: text is the token
	claims Claims

	mu      sync.Mutex
	signed  string
	renewAt time.Time
}

// Same keeps the old holder, with the token it has signed, while its file is the same.
func (h *holder) Same(other any) bool {
	o, ok := other.(*holder)
	return ok && h.text == o.text
}

func (h *holder) token(now time.Time) (string, error) {
	if h.key == nil {
		return h.text, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	// A clock that was set back makes the token one of the future.
	if h.signed != "" && now.Before(h.renewAt) && now.After(h.renewAt.Add(-lifetime)) {
		return h.signed, nil
	}
	signed, err := h.key.Sign(h.claims, now, lifetime)
	if err != nil {
		return "", err
	}
	h.signed, h.renewAt = signed, now.Add(renewAfter)
	return signed, nil
}
