package harness_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
)

func TestAProcessEndsWithTheProcessThatStartedItEvenWhenThatIsKilled(t *testing.T) {
	parent, child := startParent(t)
	if !alive(child) {
		t.Fatal("the child does not run")
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // killed
	err := harness.Await(within(t, 10*time.Second), func(context.Context) error {
		if alive(child) {
			return errors.New("the child still runs")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// alive tells whether there is a process, dead ones that nobody waited for not counted.
func alive(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && !strings.Contains(string(stat), ") Z ") && syscall.Kill(pid, 0) == nil
}

// startParent starts this binary as the program that TestMain describes and returns
// it with its child's process id.
func startParent(t *testing.T) (parent *exec.Cmd, child int) {
	t.Helper()
	parent = exec.CommandContext(t.Context(), os.Args[0])
	parent.Env = append(os.Environ(), "HARNESS_TEST_PARENT=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if child, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
		t.Fatal(err)
	}
	return parent, child
}
