package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// policyFile is what Debian's packages ask whether they may start their service.
const policyFile = "/usr/sbin/policy-rc.d"

// install gets MariaDB with apt, without starting its system service. Root only.
func install(ctx context.Context) (err error) {
	if os.Getuid() != 0 {
		return errors.New("not root, so it cannot be installed here")
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("no apt-get, so it cannot be installed here")
	}
	if _, err := os.Stat(policyFile); errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(policyFile, []byte("#!/bin/sh\nexit 101\n"), 0o755); err != nil { //nolint:gosec // it is run by others
			return fmt.Errorf("forbid starting services: %w", err)
		}
		defer func() { err = errors.Join(err, os.Remove(policyFile)) }()
	}
	fmt.Fprintln(os.Stderr, "withmysql: installing mariadb-server with apt")
	install := []string{"install", "-y", "--no-install-recommends", "mariadb-server"}
	if err := apt(ctx, install...); err == nil {
		return nil
	}
	// The lists may be missing or too old.
	if err := apt(ctx, "update"); err != nil {
		return err
	}
	return apt(ctx, install...)
}

func apt(ctx context.Context, args ...string) error {
	args = append([]string{"-o", "DPkg::Lock::Timeout=300", "-qq"}, args...)
	cmd := exec.CommandContext(ctx, "apt-get", args...) //nolint:gosec // fixed arguments
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get: %w: %s", err, out[max(0, len(out)-1000):])
	}
	return nil
}
