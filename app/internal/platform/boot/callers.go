package boot

import (
	"github.com/stockonce/stockonce/app/internal/platform/access"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/config"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
)

// Callable is the configuration of a service that others call: who is believed to be
// whom, and how much is taken on.
type Callable interface {
	config.Message
	GetAccess() *conf.Access
	GetLimits() *conf.Limits
}

// NewGuard makes the guard of a service, which follows the configuration. The service
// runs its Loop.
func NewGuard[C Callable](rt *Runtime[C]) (*access.Guard, error) {
	g, err := access.NewGuard(rt.Config.Current().GetAccess(), rt.Logger)
	if err != nil {
		return nil, err
	}
	rt.Config.Subscribe(func(_, c C) { g.Configure(c.GetAccess()) })
	return g, nil
}

// NewKit makes what both servers of a service share, with limits that follow the
// configuration.
func NewKit[C Callable](rt *Runtime[C], m edge.ErrorMap, a edge.Access) *edge.Kit {
	k := edge.NewKit(rt.Logger, rt.Health, m, a)
	k.Limit(rt.Config.Current().GetLimits())
	rt.Config.Subscribe(func(_, c C) { k.Limit(c.GetLimits()) })
	return k
}
