package boot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/health"
	"github.com/stockonce/stockonce/app/internal/platform/migrate"
	"github.com/stockonce/stockonce/app/internal/platform/worker"
)

const (
	pingTimeout = 3 * time.Second
	schemaPoll  = 2 * time.Second
)

// errDown says that the database does not answer. That must not keep a process from
// starting: it serves when the database is back.
var errDown = errors.New("the database does not answer")

// schema makes sure that the process serves only on a complete schema.
type schema struct {
	db     *database.DB
	files  fs.FS
	auto   bool // apply what is pending
	name   string
	logger *slog.Logger
	ok     atomic.Bool
}

// settle applies or looks for pending migrations.
func (s *schema) settle(ctx context.Context) error {
	ping, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := s.db.Ping(ping); err != nil {
		return fmt.Errorf("%w: %w", errDown, err)
	}
	if s.auto {
		applied, err := migrate.Up(ctx, s.db, s.files)
		for _, a := range applied {
			s.logger.Info("migration applied", "file", a.File, "took", a.Took.String())
		}
		if err != nil {
			return err
		}
	} else {
		pending, err := migrate.Pending(ctx, s.db, s.files)
		if err != nil {
			return err
		}
		if pending {
			return fmt.Errorf("the database lacks migrations: run `%s migrate` first, or set database.migrateAtStart", s.name)
		}
	}
	s.ok.Store(true)
	return nil
}

func (s *schema) check() health.Check {
	return health.Check{Name: "schema", Run: func(context.Context) error {
		if !s.ok.Load() {
			return errors.New("not known to be complete yet")
		}
		return nil
	}}
}

// loop goes on trying when the database was down at start.
func (s *schema) loop() worker.Loop {
	return worker.Loop{
		Name: "schema",
		Interval: func() time.Duration {
			if s.ok.Load() {
				return time.Hour
			}
			return schemaPoll
		},
		Run: func(ctx context.Context) (int, error) {
			if s.ok.Load() {
				return 0, nil
			}
			if err := s.settle(ctx); err != nil && !errors.Is(err, errDown) {
				return 0, err
			}
			return 0, nil
		},
	}
}
