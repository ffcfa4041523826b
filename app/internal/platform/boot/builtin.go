package boot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/config"
	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/migrate"
)

func version[C config.Message](s Spec[C], _ string, p process) error {
	_, err := fmt.Fprintf(p.stdout, "%s %s %s %s/%s\n", s.Name, s.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// load reads the configuration without Consul.
func load[C config.Message](s Spec[C], file string, p process, logger *slog.Logger) (*config.Live[C], error) {
	live, err := config.Load(config.Settings[C]{
		Defaults: s.Defaults, File: file, Environ: p.environ, New: s.New, Validate: s.validate,
		Live: append([]string{"log.level"}, s.Live...), Logger: logger,
	})
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return live, nil
}

// configCheck prints no values: some are secrets.
func configCheck[C config.Message](s Spec[C], file string, p process) error {
	live, err := load(s, file, p, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	origins := live.Origins()
	var paths []string
	for path := range origins {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	table := newTable(p.stdout)
	fmt.Fprintln(table, "SETTING\tFROM")
	for _, path := range paths {
		fmt.Fprintf(table, "%s\t%s\n", path, origins[path])
	}
	return table.Flush()
}

func migrateUp[C config.Message](s Spec[C], file string, p process) error {
	live, err := load(s, file, p, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	db, err := database.Open(live.Current().GetDatabase())
	if err != nil {
		return err
	}
	applied, err := migrate.Up(context.Background(), db, s.Migrations)
	err = errors.Join(err, db.Close())
	table := newTable(p.stdout)
	if len(applied) > 0 {
		fmt.Fprintln(table, "MIGRATION\tTOOK")
	}
	for _, a := range applied {
		fmt.Fprintf(table, "%s\t%s\n", a.File, a.Took.Round(time.Millisecond))
	}
	if err == nil && len(applied) == 0 {
		fmt.Fprintln(table, "nothing to do: the schema is up to date")
	}
	return errors.Join(err, table.Flush())
}

// healthcheck is for images that hold no other program.
func healthcheck[C config.Message](s Spec[C], file string, p process) error {
	live, err := load(s, file, p, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(live.Current().GetServer().GetOps().GetAddr())
	if err != nil || port == "0" {
		return errors.New("server.ops.addr names no port to ask")
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip.To4() == nil && ip != nil {
			host = "::1"
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("server.ops.addr: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the service does not answer: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end, or of no use
	text, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", text)
	}
	_, err = fmt.Fprintf(p.stdout, "%s", text)
	return err
}
