package test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
)

// disk is a small file system of its own.
type disk string

// newDisk mounts a file system of so many MiB, which ends with the test.
func newDisk(t *testing.T, size string) disk {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size="+size); errors.Is(err, syscall.EPERM) {
		t.Skip("a disk of its own needs the right to mount one: run as root")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return disk(folder)
}

func (d disk) ballast() string { return filepath.Join(string(d), "ballast") }

// fill takes all the room that is left.
func (d disk) fill(context.Context) error {
	file, err := os.Create(d.ballast())
	if err != nil {
		return err
	}
	defer file.Close()
	for _, piece := range [][]byte{make([]byte, 1<<20), make([]byte, 4<<10)} {
		for err = nil; err == nil; {
			_, err = file.Write(piece)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return err
		}
	}
	return nil
}

func (d disk) free(context.Context) error { return os.Remove(d.ballast()) }

// readOnly makes the file system read-only, or not. Files must not be open for writing.
func (d disk) readOnly(on bool) error {
	flags := uintptr(syscall.MS_REMOUNT)
	if on {
		flags |= syscall.MS_RDONLY
	}
	return syscall.Mount("tmpfs", string(d), "tmpfs", flags, "")
}

func TestAFullDiskOfTheServerIsOutlived(t *testing.T) {
	d := newDisk(t, "400m")
	server := ownServer(t, string(d))
	w := prepareAt(t, server, server.Addr(), onMariaDB, shipped(nil))
	ctx := within(t, time.Minute)
	for _, s := range []*harness.Service{w.product, w.order} {
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}
	(&unwritable{world: w, begin: d.fill, end: d.free, slowly: true}).outlives(ctx, t)
}

// onDisk starts a world on SQLite with order's file on the disk.
func onDisk(t *testing.T, d disk) *world {
	t.Helper()
	w := prepareOn(t, onSQLite, shipped(nil))
	w.moveOrder(t, filepath.Join(string(d), "order.db"))
	ctx := within(t, time.Minute)
	for _, s := range []*harness.Service{w.product, w.order} {
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func TestAFullDiskOfTheEmbeddedDatabaseIsOutlived(t *testing.T) {
	d := newDisk(t, "32m")
	w := onDisk(t, d)
	(&unwritable{world: w, begin: d.fill, end: d.free, slowly: true}).outlives(within(t, time.Minute), t)
}

// A file system turns read-only by itself when its disk fails; a test can only make it
// so while nobody writes.
func TestAnEmbeddedDatabaseOnAReadOnlyDiskIsOutlived(t *testing.T) {
	d := newDisk(t, "32m")
	w := onDisk(t, d)
	ctx := within(t, time.Minute)
	o := w.place(ctx, t, 5, "A")
	w.order.Kill() // its files stay as they are in the middle of work
	if err := d.readOnly(true); err != nil {
		t.Fatal(err)
	}
	if err := w.order.Launch(); err != nil {
		t.Fatal(err)
	}
	w.await(ctx, t, harness.Answers(w.order.LiveURL(), http.StatusOK))
	w.await(ctx, t, harness.Answers(w.order.ReadyURL(), http.StatusServiceUnavailable))
	signed, err := w.Sign(w.Paid(o))
	if err != nil {
		t.Fatal(err)
	}
	if status, err := w.Call(ctx, signed); status != http.StatusServiceUnavailable {
		t.Errorf("a callback is answered with %d, %v", status, err)
	}
	if err := d.readOnly(false); err != nil {
		t.Fatal(err)
	}
	w.await(ctx, t, harness.Answers(w.order.ReadyURL(), http.StatusOK))
	if _, err := w.Deliver(ctx, w.Paid(o)); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(ctx, t, o.Number, "FULFILLED")
}
