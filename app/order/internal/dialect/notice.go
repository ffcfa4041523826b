package dialect

import "github.com/stockonce/stockonce/app/order/internal/domain"

// IdentifierRule ends the problem of a field that Identifier does not take.
const IdentifierRule = ": must be 1 to 255 visible ASCII characters"

// MaxRefundNumber is how many bytes the number of a refund of ours has at most.
const MaxRefundNumber = 64

// Identifier is the text if it can be kept as an identifier, else nothing.
func Identifier(text string) string {
	if !domain.ValidIdentifier(text) {
		return ""
	}
	return text
}

// Unreadable makes of what was read so far a notice that a person must look at. The
// problem names the field and the rule.
func Unreadable(n domain.Notice, problem string) domain.Notice {
	return judged(n, domain.VerdictUnreadable, problem)
}

// Foreign makes of what was read so far a notice that is meant for another merchant.
func Foreign(n domain.Notice, problem string) domain.Notice {
	return judged(n, domain.VerdictForeign, problem)
}

// NotPaid makes of what was read so far a notice that has no effect. The problem may
// be empty.
func NotPaid(n domain.Notice, problem string) domain.Notice {
	return judged(n, domain.VerdictNotPaid, problem)
}

func judged(n domain.Notice, v domain.Verdict, problem string) domain.Notice {
	n.Verdict, n.Problem = v, problem
	return n
}
