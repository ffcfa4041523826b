package archtest

import (
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"
)

// domainVocabulary is what the services are about and the platform is not.
var domainVocabulary = []string{"order", "product", "sku", "payment", "stock", "refund", "deduction", "callback"}

// ambiguous are words of it that plain English needs in comments and messages, and
// the platform's standard library and configuration in names.
var ambiguous = []string{"order", "callback"}

// foreign are names of libraries that the platform must call by them.
var foreign = []string{"RegisterCallback"}

// domainWords lists the words of the services' vocabulary in the platform's Go
// code: in names and texts, and, where they are not plain English, in comments.
// The project's own name is one word and none of them.
func domainWords(root fs.FS) ([]string, error) {
	var found []string
	err := files(root, func(name string, data []byte) error {
		// This package must spell them out to find them.
		if path.Ext(name) != ".go" || strings.Contains(name, "archtest/") {
			return nil
		}
		set := token.NewFileSet()
		file := set.AddFile(name, -1, len(data))
		var s scanner.Scanner
		s.Init(file, data, nil, scanner.ScanComments)
		for {
			pos, kind, text := s.Scan()
			if kind == token.EOF {
				return nil
			}
			if kind != token.IDENT && kind != token.STRING && kind != token.COMMENT || slices.Contains(foreign, text) {
				continue
			}
			for _, word := range words(text) {
				if !slices.Contains(domainVocabulary, word) || kind != token.IDENT && slices.Contains(ambiguous, word) {
					continue
				}
				found = append(found, fmt.Sprintf("%s: %q is a word of a service", set.Position(pos), word))
			}
		}
	})
	return found, err
}

// words splits names and prose into lower-case singular words.
func words(text string) []string {
	var out []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			out = append(out, strings.TrimSuffix(strings.ToLower(string(word)), "s"))
		}
		word = word[:0]
	}
	var last rune
	for _, r := range text {
		switch {
		case !unicode.IsLetter(r):
			end()
		case unicode.IsUpper(r) && unicode.IsLower(last):
			end()
			word = append(word, r)
		default:
			word = append(word, r)
		}
		last = r
	}
	end()
	return out
}
