// Command dependencies writes docs/DEPENDENCIES.md: what the shipped programs and the
// TypeScript packages are built of, with licence and, for what our own code imports,
// its purpose from purposes.txt.
//
//	go run . [-check]
//
// It fails when a direct dependency has no purpose, when one in purposes.txt is none
// any more, and when a licence is not recognised or not among those that may be
// shipped. It reads the module cache and the lock file, and needs no network for what
// is built already.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// page is the file that is written, from the repository's root.
const page = "docs/DEPENDENCIES.md"

// programs are what is shipped.
var programs = []string{"./app/order/cmd/order", "./app/product/cmd/product", "./app/paysim/cmd/paysim"}

func main() {
	root := flag.String("root", "../..", "the repository's `folder`")
	check := flag.Bool("check", false, "fail when "+page+" is not up to date, and write nothing")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "dependencies:", err)
		os.Exit(1)
	}
}

func run(root string, check bool) error {
	modules, err := goModules(root, programs)
	if err != nil {
		return err
	}
	packages, err := npmPackages(root)
	if err != nil {
		return err
	}
	if err := describe(purposes, modules, packages); err != nil {
		return err
	}
	text := render(modules, packages)
	path := filepath.Join(root, page)
	if !check {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		return nil
	}
	have, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	if !bytes.Equal(have, text) {
		return fmt.Errorf("%s is not up to date: run make dependencies", page)
	}
	return nil
}

// dependency is something that others wrote.
type dependency struct {
	name, version string
	licence       string // SPDX ids
	direct        bool   // our own code names it
	purpose       string // of a direct one
}
