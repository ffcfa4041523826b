// Package tlsfile encrypts connections with certificates from files, and follows the
// files while the process runs: connections made after a change use what is there
// now, those before stay as they are.
//
// The files are compared when a connection is made, at most once a second. Files that
// cannot be used, half written ones among them, change nothing and are logged once,
// by name and never by content.
package tlsfile

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// recheck is how often files are looked at, at most.
const recheck = time.Second

// files is what was made of files, and makes it anew when they change. It is safe for
// concurrent use.
type files[T any] struct {
	// setting is the path of the configuration that names the files.
	setting string
	names   []string
	build   func(contents [][]byte) (T, error)
	logger  *slog.Logger

	mu      sync.Mutex
	read    time.Time
	sum     [sha256.Size]byte
	current T
	refused string // why what is there now is not used: said once
}

// open reads the files for the first time. An error names the setting and the file.
func open[T any](f *files[T]) (*files[T], error) {
	f.read = time.Now()
	contents, sum, err := f.load()
	if err != nil {
		return nil, err
	}
	if f.current, err = f.build(contents); err != nil {
		return nil, fmt.Errorf("%s: %w", f.setting, err)
	}
	f.sum = sum
	return f, nil
}

// get returns what was made of the files as they are now, or as they were when they
// could last be used.
func (f *files[T]) get() T {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.read).Abs() < recheck {
		return f.current
	}
	f.read = time.Now()
	contents, sum, err := f.load()
	if err == nil && sum == f.sum {
		f.refused = ""
		return f.current
	}
	var made T
	if err == nil {
		made, err = f.build(contents)
	}
	if err != nil {
		if f.refused != err.Error() {
			f.refused = err.Error()
			f.logger.Error("certificate files refused, the old ones stay", "setting", f.setting, "error", err)
		}
		return f.current
	}
	f.current, f.sum, f.refused = made, sum, ""
	f.logger.Info("certificate files loaded", "setting", f.setting)
	return f.current
}

// load reads all files. A name that is empty has no content.
func (f *files[T]) load() ([][]byte, [sha256.Size]byte, error) {
	contents := make([][]byte, len(f.names))
	hash := sha256.New()
	for i, name := range f.names {
		if name == "" {
			continue
		}
		text, err := os.ReadFile(name) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, [sha256.Size]byte{}, fmt.Errorf("%s: %w", f.setting, err)
		}
		contents[i] = text
		fmt.Fprintf(hash, "%d:", len(text))
		hash.Write(text)
	}
	return contents, [sha256.Size]byte(hash.Sum(nil)), nil
}
