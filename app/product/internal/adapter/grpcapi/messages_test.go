package grpcapi

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/product/internal/domain"
)

func TestEveryNamedValueHasItsOwnWordInTheContract(t *testing.T) {
	translations(t, kinds, domain.Kinds(), productv1.MovementKind(0).Descriptor())
	translations(t, states, domain.States(), productv1.DeductionState(0).Descriptor())
	translations(t, outcomes, []domain.Outcome{domain.OutcomeDeducted, domain.OutcomeRefused, domain.OutcomeConflict},
		productv1.DeductOutcome(0).Descriptor())
	translations(t, releaseOutcomes, []domain.ReleaseOutcome{domain.ReleaseDone, domain.ReleaseRefused},
		productv1.ReleaseOutcome(0).Descriptor())
}

// translations checks that words gives every value a word and uses every word of
// the contract but UNSPECIFIED.
func translations[V, W comparable](t *testing.T, words map[V]W, values []V, contract protoreflect.EnumDescriptor) {
	t.Helper()
	var unspecified W
	used := map[W]bool{}
	for _, v := range values {
		word := words[v]
		if word == unspecified || used[word] {
			t.Errorf("%s: %v is told as %v, which is no word of its own", contract.Name(), v, word)
		}
		used[word] = true
	}
	if want := contract.Values().Len() - 1; len(used) != want {
		t.Errorf("%s: %d of %d words are used", contract.Name(), len(used), want)
	}
}
