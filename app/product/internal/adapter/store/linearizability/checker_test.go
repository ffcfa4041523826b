package linearizability

import (
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// op is a call in a history made up by hand.
func op(from, to int64, c call, answer string) porcupine.Operation {
	return porcupine.Operation{Input: c, Call: from, Return: to, Output: answer}
}

func takes(order string, quantity int64) call {
	return call{verb: deduct, order: order, lines: []domain.Line{{SKU: "a", Quantity: quantity}}}
}

func gives(order string) call { return call{verb: release, order: order} }

func arrives(request string, quantity int64) call {
	return call{verb: arrive, skus: []string{"a"}, request: request, quantity: quantity}
}

var look = call{verb: read, skus: []string{"a"}}

// Each history begins with two pieces of "a".
func TestTheCheckerTellsRightHistoriesFromWrongOnes(t *testing.T) {
	for _, c := range []struct {
		name    string
		history []porcupine.Operation
		right   bool
	}{
		{"the last piece goes to one of two", []porcupine.Operation{
			op(1, 4, takes("O1", 2), "deducted"), op(2, 3, takes("O2", 2), "refused, 0 of 2 a"),
		}, true},
		{"the last piece goes to both", []porcupine.Operation{
			op(1, 4, takes("O1", 2), "deducted"), op(2, 3, takes("O2", 2), "deducted"),
		}, false},
		{"a duplicate takes nothing", []porcupine.Operation{
			op(1, 2, takes("O1", 1), "deducted"), op(3, 4, takes("O1", 1), "deducted"), op(5, 6, look, "1 a"),
		}, true},
		{"a duplicate takes again", []porcupine.Operation{
			op(1, 2, takes("O1", 1), "deducted"), op(3, 4, takes("O1", 1), "deducted"), op(5, 6, look, "0 a"),
		}, false},
		{"other content is a conflict", []porcupine.Operation{
			op(1, 2, takes("O1", 1), "deducted"), op(3, 4, takes("O1", 2), "conflict"),
		}, true},
		{"other content is taken for a duplicate", []porcupine.Operation{
			op(1, 2, takes("O1", 1), "deducted"), op(3, 4, takes("O1", 2), "deducted"),
		}, false},
		{"a refusal lasts when stock arrives", []porcupine.Operation{
			op(1, 2, takes("O1", 3), "refused, 2 of 3 a"), op(3, 4, arrives("r1", 1), "done, 3 then"), op(5, 6, takes("O1", 3), "refused, 2 of 3 a"),
		}, true},
		{"a refusal is forgotten when stock arrives", []porcupine.Operation{
			op(1, 2, takes("O1", 3), "refused, 2 of 3 a"), op(3, 4, arrives("r1", 1), "done, 3 then"), op(5, 6, takes("O1", 3), "deducted"),
		}, false},
		{"a refusal tells a stock that never was", []porcupine.Operation{
			op(1, 2, takes("O1", 3), "refused, 1 of 3 a"),
		}, false},
		{"an unknown SKU is told from one without stock", []porcupine.Operation{
			op(1, 2, call{verb: deduct, order: "O1", lines: []domain.Line{{SKU: ghost, Quantity: 1}}}, "refused, 0 of 1 ghost"),
		}, false},
		{"what was released cannot be taken again", []porcupine.Operation{
			op(1, 2, takes("O1", 2), "deducted"), op(3, 4, gives("O1"), "released"), op(5, 6, takes("O1", 2), "refused"), op(7, 8, look, "2 a"),
		}, true},
		{"stock is given back twice", []porcupine.Operation{
			op(1, 2, takes("O1", 1), "deducted"), op(3, 4, gives("O1"), "released"), op(5, 6, gives("O1"), "released"), op(7, 8, look, "3 a"),
		}, false},
		{"an order is released before it takes", []porcupine.Operation{
			op(1, 2, gives("O1"), "released"), op(3, 4, takes("O1", 1), "refused"), op(5, 6, look, "2 a"),
		}, true},
		{"an order takes after its release", []porcupine.Operation{
			op(1, 2, gives("O1"), "released"), op(3, 4, takes("O1", 1), "deducted"),
		}, false},
		{"a refused order stays refused when it is released", []porcupine.Operation{
			op(1, 2, takes("O1", 3), "refused, 2 of 3 a"), op(3, 4, gives("O1"), "released"),
		}, false},
		{"a restock is told again", []porcupine.Operation{
			op(1, 2, arrives("r1", 1), "done, 3 then"), op(3, 4, takes("O1", 2), "deducted"), op(5, 6, arrives("r1", 1), "done, 3 then"), op(7, 8, look, "1 a"),
		}, true},
		{"a restock arrives twice", []porcupine.Operation{
			op(1, 2, arrives("r1", 1), "done, 3 then"), op(3, 4, arrives("r1", 1), "done, 4 then"),
		}, false},
		{"a request id is used for other stock", []porcupine.Operation{
			op(1, 2, arrives("r1", 1), "done, 3 then"), op(3, 4, arrives("r1", 2), "reused"),
		}, true},
		{"a reader may be before or after who is at work", []porcupine.Operation{
			op(1, 6, takes("O1", 1), "deducted"), op(2, 3, look, "2 a"), op(4, 5, look, "1 a"),
		}, true},
		{"a reader goes back in time", []porcupine.Operation{
			op(1, 6, takes("O1", 1), "deducted"), op(2, 3, look, "1 a"), op(4, 5, look, "2 a"),
		}, false},
		{"a reader misses what was answered", []porcupine.Operation{
			op(1, 2, takes("O1", 1), "deducted"), op(3, 4, look, "2 a"),
		}, false},
		{"a call that was cut off never happens", []porcupine.Operation{
			op(1, 9, takes("O1", 1), unknown), op(3, 4, look, "2 a"), op(5, 6, look, "2 a"),
		}, true},
		{"a call that was cut off happens later", []porcupine.Operation{
			op(1, 9, takes("O1", 1), unknown), op(3, 4, look, "2 a"), op(5, 6, look, "1 a"),
		}, true},
		{"a call that was cut off happens twice", []porcupine.Operation{
			op(1, 9, takes("O1", 1), unknown), op(3, 4, look, "1 a"), op(5, 6, look, "0 a"),
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if right := porcupine.CheckOperations(model(map[string]int64{"a": 2}), c.history); right != c.right {
				t.Errorf("found right: %t, want %t\n%s", right, c.right, text(c.history))
			}
		})
	}
}
