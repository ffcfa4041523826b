//go:build !linux

package harness

import "syscall"

// attributes keep Ctrl-C from the child, so that it is ended in order.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
