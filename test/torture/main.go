// Command torture runs both services, three replicas of each, on real databases and a
// real Consul agent, lets customers of four payment providers shop, and meanwhile
// breaks everything that can break. Then it waits until all is settled and checks
// that nothing was lost, done twice, oversold, left waiting or kept that had to go
// back. `make torture` calls it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const usage = `Usage:
  torture [flags]

The same seed makes the same customers do the same, and chaos too; how it interleaves
is up to the machine.

Exit codes: 0 all held; 1 something did not, or could not be run; 130 interrupted.

Flags:
`

type options struct {
	minutes float64
	seed    uint64
	rate    int
	settle  time.Duration
	keep    bool
}

func main() {
	var o options
	flag.Float64Var(&o.minutes, "minutes", 2, "how long chaos lasts")
	flag.Uint64Var(&o.seed, "seed", 0, "what chaos and customers do; 0 takes a random one")
	flag.IntVar(&o.rate, "rate", 25, "orders a second")
	flag.DurationVar(&o.settle, "settle", 6*time.Minute, "how long settling may take")
	flag.BoolVar(&o.keep, "keep", false, "keep the scratch folder: databases, logs and report; kept anyhow when something is wrong")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	if o.seed == 0 {
		o.seed = uint64(rand.Uint32())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, o)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err == nil:
	case interrupted:
		fmt.Println("interrupted; everything is stopped")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

// errWrong says that the report names what is.
var errWrong = errors.New("not all held")

func run(ctx context.Context, o options) (err error) {
	folder, err := os.MkdirTemp("", "stockonce-torture-")
	if err != nil {
		return fmt.Errorf("make the scratch folder: %w", err)
	}
	defer func() {
		if o.keep || err != nil && ctx.Err() == nil {
			fmt.Println("databases, logs and this report (report.txt) are in", folder)
			return
		}
		err = errors.Join(err, os.RemoveAll(folder))
	}()
	file, err := os.Create(filepath.Join(folder, "report.txt"))
	if err != nil {
		return fmt.Errorf("begin the report: %w", err)
	}
	defer file.Close() // what could not be written was printed
	return torture(ctx, o, folder, io.MultiWriter(os.Stdout, file))
}

// torture runs everything in folder and reports to out.
func torture(ctx context.Context, o options, folder string, out io.Writer) error {
	fmt.Fprintf(out, "seed %d, %g minutes of chaos, %d orders a second; starting everything\n", o.seed, o.minutes, o.rate)
	s, err := openScene(ctx, folder)
	defer s.close()
	if err != nil {
		return err
	}
	if s.clocks != nil {
		fmt.Fprintln(out, "the databases' clocks are left alone:", s.clocks)
	}
	length := time.Duration(o.minutes * float64(time.Minute))
	schedule := newSchedule(o.seed, length, s.clocks == nil)
	tellSchedule(out, schedule)
	begin := time.Now()
	waiting := s.perform(ctx, o, out, length, schedule)
	settled := time.Since(begin.Add(length))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e, err := s.gather(ctx, waiting)
	if err != nil {
		return err
	}
	found := check(e)
	if len(found) == 0 {
		if e, found, err = s.afterwards(ctx, e, o.settle); err != nil {
			return err
		}
	}
	if err := s.countCallbacks(ctx); err != nil {
		return err
	}
	good := s.report(ctx, out, e, found)
	fmt.Fprintf(out, "\nseed %d: %s of chaos, settled %s after its end, checked by %s after it\n",
		o.seed, length, settled.Round(time.Second), time.Since(begin.Add(length)).Round(time.Second))
	if !good {
		return errWrong
	}
	fmt.Fprintln(out, "nothing lost, nothing double, nothing oversold, all settled, all refunded")
	return nil
}

// perform has customers shop and chaos rage, and waits until all is settled. It
// returns what still waits when that took too long.
func (s *scene) perform(ctx context.Context, o options, out io.Writer, length time.Duration, schedule []action) (waiting string) {
	ctx, cancel := context.WithTimeout(ctx, length+o.settle)
	defer cancel()
	var going, beside sync.WaitGroup
	meanwhile, stop := context.WithCancel(ctx)
	beside.Go(func() { s.tellProgress(meanwhile, out, length) })
	beside.Go(func() { s.reconcile(meanwhile) })
	going.Go(func() { s.open(ctx, length, newPlans(o.seed, length, o.rate), newDeliveries(o.seed, length)) })
	going.Go(func() { s.torment(ctx, schedule) })
	going.Wait()
	waiting = s.settle(ctx)
	stop()
	beside.Wait()
	return waiting
}
