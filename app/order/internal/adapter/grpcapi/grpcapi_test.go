package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func TestEveryErrorReasonIsGivenBySomebody(t *testing.T) {
	given := map[string]bool{
		// The edge's own.
		orderv1.ErrorReason_INTERNAL.String(): true, orderv1.ErrorReason_UNAUTHENTICATED.String(): true,
		orderv1.ErrorReason_OVERLOADED.String(): true,
	}
	for _, err := range []error{
		errOthersOrder, errPageToken, domain.ErrInvalidLines, usecase.ErrOrderNotFound, usecase.ErrRequestReused,
		domain.ErrNotCancellable, domain.ErrUnknownSKU, domain.ErrMixedCurrencies, domain.ErrAmountTooLarge,
		usecase.ErrCatalogUnavailable, usecase.ErrUnavailable, context.DeadlineExceeded,
	} {
		e := Errors(fmt.Errorf("somewhere: %w", err))
		if e == nil {
			t.Errorf("%v is not mapped", err)
			continue
		}
		given[e.Reason] = true
	}
	for _, reason := range orderv1.ErrorReason_name {
		if !given[reason] {
			t.Errorf("nothing is answered with %s", reason)
		}
	}
}

func TestErrorsNobodyNamedStayInside(t *testing.T) {
	if e := Errors(errors.New("Error 1146: table orders")); e != nil {
		t.Fatalf("answered %v", e)
	}
	// What the catalog said is the log's, not the caller's.
	err := fmt.Errorf("%w: dial tcp 10.0.0.7:9001", usecase.ErrCatalogUnavailable)
	if e := Errors(err); strings.Contains(e.Message, "10.0.0.7") {
		t.Fatalf("answered %v", e)
	}
}

func TestEveryDomainWordHasItsEnumValue(t *testing.T) {
	for _, s := range domain.Statuses() {
		if v := toStatus(s); fromStatus(v) != s {
			t.Errorf("%s becomes %s becomes %s", s, v, fromStatus(v))
		}
	}
	source := domainSource(t)
	matches(t, source, "Status", toStatus, orderv1.OrderStatus_name)
	matches(t, source, "Disposition", toDisposition, orderv1.Disposition_name)
	matches(t, source, "RefundState", toRefundState, orderv1.RefundState_name)
	matches(t, source, "RefundSource", toRefundSource, orderv1.RefundSource_name)
}

// matches checks that every word of a domain type has an enum value, and every value
// but the unspecified one a word.
func matches[W ~string, V ~int32](t *testing.T, source []*ast.File, kind string, to func(W) V, values map[int32]string) {
	t.Helper()
	given := map[V]bool{}
	for _, text := range words(source, kind) {
		v := to(W(text))
		if v == 0 {
			t.Errorf("%s %s has no enum value", kind, text)
		}
		given[v] = true
	}
	for v, name := range values {
		if v != 0 && !given[V(v)] {
			t.Errorf("no %s becomes %s", kind, name)
		}
	}
}

// domainSource is the source of package domain: only there are all words of a type.
func domainSource(t *testing.T) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob("../../domain/*.go")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no source of the domain: %v", err)
	}
	var files []*ast.File
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// words lists the string constants that are declared of a type.
func words(source []*ast.File, kind string) []string {
	var list []string
	for _, file := range source {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if of, ok := spec.Type.(*ast.Ident); ok && of.Name == kind {
				for _, value := range spec.Values {
					if literal, ok := value.(*ast.BasicLit); ok {
						list = append(list, strings.Trim(literal.Value, `"`))
					}
				}
			}
			return true
		})
	}
	return list
}

func TestPageToken(t *testing.T) {
	for _, before := range []string{"", "01ABC"} {
		got, err := readPageToken(writePageToken(before))
		if err != nil || got != before {
			t.Errorf("%q becomes %q, %v", before, got, err)
		}
	}
	for _, token := range []string{"x", "***", "MS4", "Mi5BQkM"} { // no token, no base64, no number, another version
		if _, err := readPageToken(token); !errors.Is(err, errPageToken) {
			t.Errorf("%q: error %v", token, err)
		}
	}
}
