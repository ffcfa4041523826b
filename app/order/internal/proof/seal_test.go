package proof

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"slices"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// blockID is a hash of all that a block says but its order's name.
type blockID [2]uint64

// worldID tells worlds apart.
type worldID struct {
	blocks   [2]blockID
	stock    [skus]int8
	restocks int8
}

var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// seal ends the making of order i's block: it is brought into its one form, hashed
// and checked.
func (w *world) seal(i int) {
	b := w.blocks[i]
	if b.sealed {
		return
	}
	b.normalize()
	code := b.appendCode(make([]byte, 0, 512))
	for j := range b.id {
		b.id[j] = maphash.Bytes(seeds[j], code)
	}
	b.sealed = true
	b.broken = append(slices.Clone(b.faults), w.breaches(i)...)
}

// normalize brings what makes no difference into one form: claims that nobody holds,
// and the order of workers and of requests on the wire.
func (b *block) normalize() {
	for i, t := range b.tasks {
		held := slices.ContainsFunc(b.workers, func(v worker) bool {
			return v.kind == t.kind && v.ref == t.ref && v.token == t.token
		})
		if t.state != domain.TaskPending || !held {
			b.tasks[i].token = ""
		}
		if t.state != domain.TaskPending {
			for j, v := range b.workers {
				if v.kind == t.kind && v.ref == t.ref {
					b.workers[j].token = outdated
				}
			}
		}
	}
	slices.SortFunc(b.tasks, func(a, b task) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.ref, b.ref)) })
	slices.SortFunc(b.workers, func(a, b worker) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.ref, b.ref), cmp.Compare(a.token, b.token),
			cmp.Compare(a.phase, b.phase), cmp.Compare(a.outcome, b.outcome), cmp.Compare(a.report, b.report),
			cmp.Compare(a.paid, b.paid), compareBool(a.late, b.late))
	})
	slices.SortFunc(b.stray, func(a, b request) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.ref, b.ref)) })
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// identity is the world's after a step. Orders of one shape that exchange their fates
// leave it as it is.
func (w *world) identity(s step) worldID {
	id := worldID{restocks: int8(s.restocks)}
	for i, b := range w.blocks {
		id.blocks[i] = b.id
	}
	id.blocks[s.order] = s.block.id
	for sku, n := range s.stock {
		id.stock[sku] = int8(n)
	}
	if a, b := id.blocks[0], id.blocks[1]; w.sameShape && cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) > 0 {
		id.blocks[0], id.blocks[1] = b, a
	}
	return id
}

// appendCode writes down everything that the future can depend on.
func (b *block) appendCode(c []byte) []byte {
	c = appendBools(c, b.placed, b.stockBack, b.writtenOff, b.expired, b.closed)
	c = appendWords(c, string(b.status), b.winner, b.accepted, string(b.state), b.fingerprint)
	c = append(c, byte(b.sales), byte(b.releases), byte(b.refused))
	c = appendBools(c, b.paid...)
	c = appendBools(c, b.told...)
	c = append(c, byte(len(b.payments)))
	for _, p := range b.payments {
		c = appendWords(c, p.Number, string(p.Disposition))
		c = binary.AppendVarint(c, p.Amount.Minor)
	}
	c = append(c, byte(len(b.refunds)))
	for _, r := range b.refunds {
		c = appendWords(c, r.Number, string(r.Source), string(r.State), r.Ref)
		c = binary.AppendVarint(c, r.Amount.Minor)
	}
	c = append(c, byte(len(b.tasks)))
	for _, t := range b.tasks {
		c = appendWords(c, string(t.kind), t.ref, string(t.state), t.token)
	}
	c = append(c, byte(len(b.held)))
	for _, n := range b.held {
		c = appendWords(c, n.State)
	}
	c = append(c, byte(len(b.workers)))
	for _, v := range b.workers {
		c = appendWords(c, string(v.kind), v.ref, v.token, string(v.outcome), string(v.report))
		c = append(c, byte(v.phase), byte(v.paid))
		c = appendBools(c, v.late)
	}
	c = append(c, byte(len(b.stray)))
	for _, r := range b.stray {
		c = appendWords(c, string(r.kind), r.ref)
	}
	c = append(c, byte(len(b.there)))
	for _, r := range b.there {
		c = appendWords(c, r.number, r.ref, r.payment, string(r.state))
		c = binary.AppendVarint(binary.AppendVarint(c, r.amount), r.sum)
		c = appendBools(c, r.slow, r.chargeback)
	}
	for _, f := range b.faults {
		c = appendWords(c, f.rule, f.how)
	}
	return c
}

func appendWords(c []byte, words ...string) []byte {
	for _, w := range words {
		c = append(append(c, w...), 0)
	}
	return c
}

func appendBools(c []byte, bools ...bool) []byte {
	for _, b := range bools {
		if b {
			c = append(c, 1)
		} else {
			c = append(c, 0)
		}
	}
	return c
}
