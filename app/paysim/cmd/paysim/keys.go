package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/stockonce/stockonce/app/paysim/standard"
)

const keysText = `%s

That is a new secret. Keep it in a file that only you can read, say standard.secret:
the order service reads it there,

  callback:
    standard:
      keys:
        - id: paysim
          file: /path/to/standard.secret

and so does this program:

  paysim pay --secret-file /path/to/standard.secret --order NUMBER --amount MINOR-UNITS
`

func keys(args []string, stdout io.Writer) error {
	if len(args) > 0 {
		return errors.New("keys takes no arguments")
	}
	if _, err := fmt.Fprintf(stdout, keysText, standard.NewKey().Reveal()); err != nil {
		return fmt.Errorf("print the secret: %w", err)
	}
	return nil
}
