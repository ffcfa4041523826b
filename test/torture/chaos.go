package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/sim"
	"github.com/stockonce/stockonce/test/harness/wire"
)

// torment carries out the schedule. When it returns, all that was broken works again.
func (s *scene) torment(ctx context.Context, schedule []action) {
	begin := time.Now()
	fates := map[string][]action{}
	for _, a := range schedule {
		fates[a.victim] = append(fates[a.victim], a)
	}
	var going sync.WaitGroup
	for _, fate := range fates {
		going.Go(func() {
			for _, a := range fate {
				if !pause(ctx, time.Until(begin.Add(a.at))) {
					return
				}
				if err := s.act(ctx, a); err != nil {
					s.ledger.faultf("chaos: %s %s: %v", a.victim, a.kind, err)
					continue
				}
				s.ledger.add(a.kind+"\t"+a.victim, 1)
			}
		})
	}
	going.Wait()
}

// act does one action and undoes it.
func (s *scene) act(ctx context.Context, a action) error {
	if r, ok := s.replicas[a.victim]; ok {
		switch a.kind {
		case stopped:
			return r.stop(ctx, a.lasts)
		case rolled:
			r.roll(ctx, a.lasts)
		default:
			r.kill(ctx, a.lasts)
		}
		return nil
	}
	if w, ok := s.wires[a.victim]; ok {
		disturb(ctx, w, a)
		return nil
	}
	if p, ok := s.providers[a.victim]; ok {
		return spoil(p, a)
	}
	if a.victim == "consul" {
		return strike(ctx, s.consul, func() error { s.consul.Kill(); return nil }, a)
	}
	if name, ok := strings.CutSuffix(a.victim, commitsOf); ok {
		s.breakCommits(ctx, s.commits[name], a)
		return nil
	}
	if name, ok := strings.CutSuffix(a.victim, clockOf); ok {
		return s.servers[name].SetClock(time.Duration(a.n) * time.Second)
	}
	server := s.servers[a.victim]
	if a.kind == rolled {
		return strike(ctx, server, server.Stop, a)
	}
	return strike(ctx, server, server.Kill, a)
}

// breakable is what is ended or stands still as a whole.
type breakable interface {
	Run(ctx context.Context) error
	Pause() error
	Resume() error
}

// strike has a server stand still for a while, or ends it and starts it again.
func strike(ctx context.Context, server breakable, end func() error, a action) error {
	hit, undo := end, func() error { return server.Run(context.WithoutCancel(ctx)) }
	if a.kind == stopped {
		hit, undo = server.Pause, server.Resume
	}
	if err := hit(); err != nil {
		return err
	}
	pause(ctx, a.lasts)
	return undo()
}

func disturb(ctx context.Context, w *wire.TCP, a action) {
	switch a.kind {
	case delayed:
		w.Delay(time.Duration(a.n) * time.Millisecond)
		pause(ctx, a.lasts)
		w.Delay(0)
	case cut:
		w.Cut()
	case refused:
		w.Refuse(true)
		pause(ctx, a.lasts)
		w.Refuse(false)
	case muted:
		w.Mute(true)
		pause(ctx, a.lasts)
		w.Mute(false)
	}
}

// breakCommits breaks the connections of the next commits that write something.
func (s *scene) breakCommits(ctx context.Context, w *wire.MySQL, a action) {
	side := wire.After
	if a.kind == before {
		side = wire.Before
	}
	trap := w.Arm(side, a.n, wire.Commit("INSERT INTO"))
	s.cutHeld(ctx, trap, a.lasts, a.kind)
	trap.Disarm()
	s.cutHeld(ctx, trap, lastHeld, a.kind) // what came in meanwhile
}

// lastHeld is how long a disarmed trap may still catch what it has seen before.
const lastHeld = 100 * time.Millisecond

// cutHeld breaks the connections that the trap holds, for a while.
func (s *scene) cutHeld(ctx context.Context, trap *wire.Trap, lasts time.Duration, kind string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lasts)
	defer cancel()
	for {
		held, err := trap.Wait(ctx)
		if err != nil {
			return // nobody commits any more
		}
		held.Cut()
		s.ledger.add("commits "+kind, 1)
	}
}

// spoil has the provider's next answers fail in a way that another try heals. Which
// way and which answers follows from the action, so that it is the same for the seed.
func spoil(p *provider, a action) error {
	ways := []sim.FaultKind{sim.Timeout, sim.Status500, sim.Garbage, sim.Drop}
	asked := []dialect.Operation{dialect.Refund, dialect.RefundQuery, dialect.Query, dialect.Close}
	millisecond := int(a.at / time.Millisecond)
	fault := sim.Fault{
		Provider: p.speaks.Name(), Kind: ways[millisecond%len(ways)],
		Operation: asked[millisecond/len(ways)%len(asked)], Times: a.n,
	}
	if err := p.Fault(fault); err != nil {
		return fmt.Errorf("spoil answers: %w", err)
	}
	return nil
}
