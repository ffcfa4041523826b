// Package boot runs a service: its command line, its configuration, and the order
// in which its parts start and, more carefully, stop.
package boot

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"github.com/go-kratos/kratos/v2/registry"
	"github.com/go-kratos/kratos/v2/transport"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"
	khttp "github.com/go-kratos/kratos/v2/transport/http"

	"github.com/stockonce/stockonce/app/internal/platform/config"
	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/health"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile"
)

// Spec is what makes one service different from another.
type Spec[C config.Message] struct {
	// Name is the service's in the command line, the log, Consul's registry and, as
	// stockonce/<name>/, in Consul's KV.
	Name    string
	Version string
	// Defaults is the embedded configuration, complete.
	Defaults []byte
	// New makes an empty configuration.
	New func() C
	// Validate checks what no field's rule can; nil checks nothing.
	Validate func(C) error
	// Live lists the settings, with all below them, that the service applies without
	// a restart. log.level is one always.
	Live []string
	// Migrations holds a folder per dialect; see package migrate.
	Migrations fs.FS
	// Build assembles the service. The function it returns is called when everything
	// of App has stopped, before the database closes.
	Build func(*Runtime[C]) (App, func(), error)
	// Commands are what operators can do beside serving, in the sequence of help.
	Commands []Command[C]
}

// validate checks what no field's rule can, of the platform's settings and of the
// service's own.
func (s Spec[C]) validate(c C) error {
	err := tlsfile.Check(c.GetServer(), c.GetDatabase())
	if s.Validate != nil {
		err = errors.Join(err, s.Validate(c))
	}
	return err
}

// Runtime is what a service is built with.
type Runtime[C config.Message] struct {
	Config *config.Live[C]
	Logger *slog.Logger
	DB     *database.DB
	Health *health.State
	// Discovery finds other services in Consul; nil without Consul. It gives nothing
	// until Consul knows an instance: see consul.WithFallback.
	Discovery registry.Discovery
}

// App is what a service runs.
type App struct {
	HTTP    *khttp.Server
	GRPC    *kgrpc.Server
	Workers []transport.Server
}

const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// process is what a command may touch of the process it runs in.
type process struct {
	args    []string
	environ []string
	stdout  io.Writer
	stderr  io.Writer
	exit    func(code int)
}

// Main runs the command that the process's arguments name and ends the process
// with 0 when it did what it should, 1 when it failed, 2 when it was called wrongly.
func Main[C config.Message](s Spec[C]) {
	os.Exit(run(s, process{os.Args[1:], os.Environ(), os.Stdout, os.Stderr, os.Exit}))
}
