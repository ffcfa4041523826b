//go:build unix

package database

import "syscall"

// writable tells why a file cannot be written, without opening it: when a process
// closes a file it loses the locks that SQLite holds on it.
func writable(file string) error {
	const write = 2 // W_OK
	return syscall.Access(file, write)
}
