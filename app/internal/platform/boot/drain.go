package boot

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/go-kratos/kratos/v2/registry"
	"github.com/go-kratos/kratos/v2/transport"

	"github.com/stockonce/stockonce/app/internal/platform/health"
)

// stage stops a server only after the ones it must outlive. Kratos stops all
// servers at the same moment.
type stage struct {
	transport.Server
	after   []*stage
	timeout time.Duration
	stopped chan struct{}
	once    sync.Once
}

func newStage(s transport.Server, timeout time.Duration, after ...*stage) *stage {
	return &stage{Server: s, after: after, timeout: timeout, stopped: make(chan struct{})}
}

// Stop waits for the earlier ones and gives this one its own time: what those used
// up must not be missing here.
func (s *stage) Stop(ctx context.Context) error {
	defer s.once.Do(func() { close(s.stopped) })
	for _, earlier := range s.after {
		<-earlier.stopped
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	defer cancel()
	return s.Server.Stop(ctx)
}

// endpointStage is a stage whose address is registered.
type endpointStage struct {
	*stage
	transport.Endpointer
}

// drainer is what Kratos calls before it stops anything: the process turns not
// ready, leaves the registry, and waits until others have noticed.
type drainer struct {
	logger *slog.Logger
	inner  registry.Registrar // nil without Consul
	state  *health.State
	delay  time.Duration
	once   sync.Once
}

// registrarTimeout is how long Kratos lets Deregister take.
func (d *drainer) registrarTimeout() time.Duration { return d.delay + 15*time.Second }

func (d *drainer) Register(ctx context.Context, svc *registry.ServiceInstance) error {
	if d.inner == nil {
		return nil
	}
	return d.inner.Register(ctx, svc)
}

// Deregister never fails: Kratos would then not stop. Who calls it while another
// call is under way waits for that one.
func (d *drainer) Deregister(ctx context.Context, svc *registry.ServiceInstance) error {
	d.once.Do(func() {
		d.logger.Info("draining", "delay", d.delay.String())
		d.state.Drain()
		if d.inner != nil {
			_ = d.inner.Deregister(ctx, svc) // logs what went wrong
		}
		timer := time.NewTimer(d.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	})
	return nil
}
