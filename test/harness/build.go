package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// Binaries are the paths of the built programs.
type Binaries struct {
	Order   string
	Product string
	// WithMySQL runs database servers.
	WithMySQL string
}

// Build builds the programs into folder. With race they report data races on
// standard error and exit with code 66.
func Build(ctx context.Context, folder string, race bool) (Binaries, error) {
	args := []string{"./app/order/cmd/order", "./app/product/cmd/product"}
	if race {
		args = append([]string{"-race"}, args...)
	}
	if err := build(ctx, folder, args...); err != nil {
		return Binaries{}, err
	}
	server, err := BuildWithMySQL(ctx, folder)
	return Binaries{
		Order:     filepath.Join(folder, "order"),
		Product:   filepath.Join(folder, "product"),
		WithMySQL: server,
	}, err
}

// BuildWithMySQL builds the program that StartMySQL needs into folder and returns its
// path.
func BuildWithMySQL(ctx context.Context, folder string) (string, error) {
	err := build(ctx, folder, "./app/internal/platform/dbtest/withmysql")
	return filepath.Join(folder, "withmysql"), err
}

func build(ctx context.Context, folder string, args ...string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	args = append([]string{"build", "-o", folder + string(filepath.Separator)}, args...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// Root is the folder of go.work, looked for upwards from the working folder.
var Root = sync.OnceValues(func() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the workspace: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.work")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("find the workspace: no go.work above the working folder")
		}
		folder = parent
	}
})
