package proof

import (
	"errors"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// relay is what the processes of order do: claim a task, work on it, and end.
func (s *steps) relay(i int) {
	b := s.blocks[i]
	for t, task := range b.tasks {
		if task.state == domain.TaskPending && b.working(task.kind, task.ref) < s.relays {
			s.claim(i, t, request{task.kind, task.ref})
		}
	}
	for v := range b.workers {
		switch b.workers[v].kind {
		case domain.TaskDeduct, domain.TaskRelease:
			s.askProduct(i, v)
		case domain.TaskRefund:
			s.askRefund(i, v)
		case domain.TaskQueryPayment:
			s.askPayment(i, v)
		case domain.TaskClosePayment:
			s.askClose(i, v)
		}
	}
	if unwatched := s.asksProvider() && b.placed && b.status == domain.Created && b.expired &&
		!b.open(domain.TaskQueryPayment, ""); unwatched {
		s.do(byService, i, say{"an unpaid order that nobody asks about is watched again", ""},
			func(_ *world, b *block) { b.wake(domain.TaskQueryPayment) })
	}
}

// claim has a relay take a task. Its lease may have run out at any time, so that it
// does not matter who has it.
func (s *steps) claim(i, t int, r request) {
	switch r.kind {
	case domain.TaskDeduct, domain.TaskRelease:
		if s.quickStock {
			s.quickAnswer(i, t, r)
			return
		}
		// The request follows at once: between the two there is nothing to see.
		s.do(byService, i, say{"a relay claims the task %s and asks product", string(r.kind)}, func(_ *world, b *block) {
			b.claim(t, worker{request: r, phase: asked})
		})
	case domain.TaskRefund:
		if s.quickRefunds {
			s.quickRefund(i, t, r)
			return
		}
		s.do(byService, i, say{"a relay claims the task refund %s", r.ref}, func(_ *world, b *block) {
			b.claim(t, worker{request: r})
		})
	case domain.TaskQueryPayment:
		s.look(i, t, r)
	case domain.TaskClosePayment:
		s.do(byService, i, say{"a relay claims the task close_payment and asks the provider", ""}, func(_ *world, b *block) {
			b.claim(t, worker{request: r, phase: asked})
		})
	}
}

// lost is a worker that died, or whose call timed out. Its task stays.
func (s *steps) lost(i, v int, what say) {
	s.do(byChaos, i, what, func(_ *world, b *block) { b.leave(v) })
}

// late is a worker whose call timed out while the request is still on its way.
func (s *steps) late(i, v int, what say) {
	if len(s.blocks[i].stray) < s.strays {
		s.do(byChaos, i, what, func(_ *world, b *block) {
			b.stray = append(b.stray, b.workers[v].request)
			b.leave(v)
		})
	}
}

// record is a worker's last transaction. When it fails, as for a claim that was
// taken, nothing is stored; the worker is gone either way.
func (s *steps) record(i, v int, what say, change func(*world, domain.Claim) error) {
	claim := s.claimOf(i, s.blocks[i].workers[v])
	s.try(byService, i, what, func(w *world) error {
		if err := change(w, claim); unexpected(err) {
			w.blocks[i].faults = append(w.blocks[i].faults, breach{"store", err.Error()})
		}
		w.blocks[i].leave(v)
		return nil
	})
}

// unexpected tells an error that no usecase counts on: its work would never end.
func unexpected(err error) bool { return err != nil && !errors.Is(err, errLeaseLost) }

// askProduct is SettleDeduction and ReleaseStock from the call on.
func (s *steps) askProduct(i, v int) {
	kind := s.blocks[i].workers[v].kind
	about := string(kind)
	if s.blocks[i].workers[v].phase == answered {
		s.settle(i, v)
		return
	}
	handle := func(w *world, b *block) {
		b.workers[v].outcome, b.workers[v].phase = w.handle(i, kind), answered
	}
	s.do(byService, i, say{"product handles %s, and its answer arrives", about}, handle)
	if len(s.blocks[i].stray) < s.strays {
		s.do(byChaos, i, say{"product handles %s, its answer arrives, and the request is repeated on the wire", about}, func(w *world, b *block) {
			handle(w, b)
			b.stray = append(b.stray, request{kind, ""})
		})
	}
	s.do(byChaos, i, say{"product handles %s, and its answer is lost or order dies", about}, func(w *world, b *block) {
		w.handle(i, kind)
		b.leave(v)
	})
	s.lost(i, v, say{"the request %s is lost, or product dies before its commit", about})
	s.late(i, v, say{"the request %s times out and is still under way", about})
	if s.wrong == timeoutIsRefusal && kind == domain.TaskDeduct {
		s.do(byChaos, i, say{"product handles %s, its answer is lost, and that is taken as refused", about}, func(w *world, b *block) {
			w.handle(i, kind)
			b.workers[v].outcome, b.workers[v].phase = domain.Refused, answered
		})
	}
}

// handle is product handling a request of order.
func (w *world) handle(i int, kind domain.TaskKind) domain.Outcome {
	if kind == domain.TaskDeduct {
		return w.deduct(i)
	}
	w.release(i)
	return ""
}

// settle records product's answer.
func (s *steps) settle(i, v int) {
	if s.blocks[i].workers[v].kind == domain.TaskRelease {
		s.record(i, v, say{"the release is recorded", ""}, func(w *world, c domain.Claim) error {
			return w.update(i, func(o *domain.Order) error { o.Released(c); return nil })
		})
		return
	}
	answer := s.blocks[i].workers[v].outcome
	s.record(i, v, say{"the answer %s is recorded", string(answer)}, func(w *world, c domain.Claim) error {
		return w.update(i, func(o *domain.Order) error { o.Settle(answer, c); return nil })
	})
}

// quickAnswer is all of it in one step.
func (s *steps) quickAnswer(i, t int, r request) {
	w, b := s.edit(i)
	b.claim(t, worker{request: r, phase: answered})
	v := len(b.workers) - 1
	b.workers[v].outcome = w.handle(i, r.kind)
	whole := &steps{world: w}
	whole.settle(i, v)
	for _, step := range whole.all {
		step.say = say{"%s is asked for, answered and recorded", string(r.kind)}
		s.all = append(s.all, step)
	}
}

// wire delivers requests that nobody waits for any more, and loses them.
func (s *steps) wire(i int) {
	for r, stray := range s.blocks[i].stray {
		drop := func(b *block) { b.stray = append(b.stray[:r], b.stray[r+1:]...) }
		s.do(byChaos, i, say{"a late request %s is lost", string(stray.kind)}, func(_ *world, b *block) { drop(b) })
		if stray.kind != domain.TaskRefund {
			s.do(byChaos, i, say{"product handles a late request %s", string(stray.kind)}, func(w *world, b *block) {
				drop(b)
				w.handle(i, stray.kind)
			})
			continue
		}
		w, b := s.edit(i)
		drop(b)
		for _, a := range w.refund(i, stray.ref) {
			s.add(byChaos, i, say{"the provider handles a late request for refund %s", stray.ref}, a.world)
		}
	}
}
