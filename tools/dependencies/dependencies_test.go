package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryDirectDependencyNeedsAPurposeAndEveryPurposeADependency(t *testing.T) {
	for _, test := range []struct{ table, wrong string }{
		{"a\tfor this\nb\tfor that\n", ""},
		{"a\tfor this\n", "what is b for"},
		{"a\tfor this\nb\t\n", "what is b for"},
		{"a\tfor this\nb\tfor that\nc\tfor nothing\n", "does not use c"},
	} {
		modules := []dependency{{name: "a", direct: true}, {name: "brought-along"}}
		packages := []dependency{{name: "b", direct: true}}
		err := describe(test.table, modules, packages)
		switch {
		case test.wrong == "" && (err != nil || modules[0].purpose != "for this" || packages[0].purpose != "for that"):
			t.Errorf("%q: error %v, purposes %q and %q", test.table, err, modules[0].purpose, packages[0].purpose)
		case test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)):
			t.Errorf("%q: error %v, want %q", test.table, err, test.wrong)
		}
	}
}

func TestOnlyLicencesThatMayBeShippedAreTaken(t *testing.T) {
	mit, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, text, want, wrong string }{
		{"LICENSE", string(mit), "MIT", ""},
		{"COPYING.txt", string(mit), "MIT", ""},
		{"LICENSE", "All rights reserved.", "", "no licence that is known"},
		{"README", string(mit), "", "no licence file"},
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, test.name), []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := licenceOf("example.com/m", folder)
		if test.wrong == "" && (err != nil || got != test.want) {
			t.Errorf("%s: %q, error %v", test.name, got, err)
		}
		if test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) {
			t.Errorf("%s %.20q: %q, error %v, want %q", test.name, test.text, got, err, test.wrong)
		}
	}
	if err := may([]string{"MIT", "GPL-3.0"}); err == nil || !strings.Contains(err.Error(), "GPL-3.0") {
		t.Errorf("a licence that binds our own code is taken: %v", err)
	}
}
