// Package consul connects a service to Consul without depending on it: a Consul
// that is down, slow or empty stops nothing, and is caught up with when it is back.
package consul

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	kregistry "github.com/go-kratos/kratos/contrib/registry/consul/v2"
	"github.com/go-kratos/kratos/v2/registry"
	"github.com/hashicorp/consul/api"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

const (
	// quickTimeout is for questions that are answered at once.
	quickTimeout = 3 * time.Second
	// patientTimeout is longer than the 55 s for which a watch asks Consul to wait;
	// shorter, every quiet watch would be cut and begin again.
	patientTimeout = 75 * time.Second
	watchFor       = 55 * time.Second

	// heartbeat is how often the registration is renewed, in seconds. It runs out
	// after twice that, so a killed process is avoided after 10 s.
	heartbeat = 5
	// forgetAfter is when Consul drops a process that no longer renews, in seconds.
	forgetAfter = 60
)

// Agent is a configured Consul agent.
type Agent struct{ quick, patient *api.Client }

// Connect prepares access to the agent that cfg names. It does not connect; errors
// are of the configuration.
func Connect(cfg *conf.Consul) (*Agent, error) {
	quick, err := client(cfg, quickTimeout)
	if err != nil {
		return nil, err
	}
	patient, err := client(cfg, patientTimeout)
	if err != nil {
		return nil, err
	}
	return &Agent{quick, patient}, nil
}

func client(cfg *conf.Consul, timeout time.Duration) (*api.Client, error) {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: quickTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: quickTimeout,
		IdleConnTimeout:     90 * time.Second,
	}
	c := &api.Config{Address: cfg.GetAddress(), Scheme: cfg.GetScheme(), TokenFile: cfg.GetTokenFile(), Transport: transport}
	if c.Scheme == "" {
		c.Scheme = "http"
	}
	if strings.Contains(c.Address, "://") {
		return nil, fmt.Errorf("consul.address: host:port without a scheme, which is consul.scheme")
	}
	inner, err := api.NewHttpClient(transport, c.TLSConfig)
	if err != nil {
		return nil, fmt.Errorf("consul: %w", err)
	}
	inner.Timeout = timeout
	c.HttpClient = inner
	out, err := api.NewClient(c)
	if err != nil {
		return nil, fmt.Errorf("consul.tokenFile: %w", err)
	}
	return out, nil
}

// registry makes Kratos' registry on one of the clients. Consul hears heartbeats
// and does not connect to the service: its agent often cannot reach a pod.
func newRegistry(c *api.Client) *kregistry.Registry {
	return kregistry.New(c,
		kregistry.WithHealthCheck(false),
		kregistry.WithHeartbeat(true),
		kregistry.WithHealthCheckInterval(heartbeat),
		kregistry.WithDeregisterCriticalServiceAfter(forgetAfter),
		kregistry.WithTimeout(patientTimeout))
}

var (
	_ registry.Registrar = (*Registrar)(nil)
	_ registry.Discovery = (*Discovery)(nil)
)
