// Package book keeps what payment providers know: payments, refunds, and the notices
// of both that are still to be delivered.
//
// The rules of money are here, once for all providers: a refund is paid once however
// often it is asked for, all refunds of a payment together never exceed it, and a
// closed trade cannot be paid.
package book

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// What the book refuses.
var (
	ErrUnknownPayment = errors.New("no such payment")
	ErrUnknownRefund  = errors.New("no such refund")
	ErrUnpaid         = errors.New("the payment is not paid")
	ErrPaid           = errors.New("the payment is paid")
	ErrClosed         = errors.New("the trade is closed")
	ErrConflict       = errors.New("known already with other content")
	ErrExceeds        = errors.New("more than what is left of the payment")
	ErrRefunded       = errors.New("the payment is refunded already")
)

// Book is what all providers know. It is safe for concurrent use.
type Book struct {
	file string

	mu    sync.Mutex
	data  data
	saved []byte // what the file holds
}

type data struct {
	Payments   []Payment  `json:"payments"`
	Refunds    []Refund   `json:"refunds"`
	Deliveries []Delivery `json:"deliveries"`
}

// Open reads the book that file holds, or begins one. Every change is in the file
// before it is answered. Without a file the book lives as long as the process.
func Open(file string) (*Book, error) {
	b := &Book{file: file, saved: []byte("{}")}
	if file == "" {
		return b, nil
	}
	text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	switch {
	case errors.Is(err, os.ErrNotExist):
		// Found out now that it cannot be written, and not at the first payment.
		return b, b.change(func() error { return nil })
	case err != nil:
		return nil, fmt.Errorf("read the book: %w", err)
	}
	if err := json.Unmarshal(text, &b.data); err != nil {
		return nil, fmt.Errorf("read the book %s: %w", file, err)
	}
	b.saved = text
	return b, nil
}

// change runs f under the lock and saves what it did; when that fails nothing has
// changed. f must change nothing when it fails.
func (b *Book) change(f func() error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := f(); err != nil || b.file == "" {
		return err
	}
	text, err := json.MarshalIndent(b.data, "", "\t")
	if err == nil {
		err = replace(b.file, text)
	}
	if err != nil {
		b.data = data{}
		return errors.Join(fmt.Errorf("save the book: %w", err), json.Unmarshal(b.saved, &b.data))
	}
	b.saved = text
	return nil
}

// replace puts text into file at once: a crash leaves the old file or the new one.
func replace(file string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
