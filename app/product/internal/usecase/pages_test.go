package usecase_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// shelf is products P9999, P9998, … as many as its length says.
type shelf struct {
	usecase.Products
	length int
}

func (s shelf) List(_ context.Context, before string, limit int) (page []domain.Product, _ error) {
	for i := range s.length {
		id := fmt.Sprintf("P%04d", 9999-i)
		if (before == "" || id < before) && len(page) < limit {
			page = append(page, domain.Product{ID: id})
		}
	}
	return page, nil
}

func TestAListNamesItsNextPageAndItsLastPageNamesNone(t *testing.T) {
	for _, c := range []struct {
		name     string
		length   int
		size     int
		wantPage int
		wantNext string
	}{
		{"nothing", 0, 10, 0, ""},
		{"less than a page", 9, 10, 9, ""},
		{"exactly a page", 10, 10, 10, ""},
		{"one more than a page", 11, 10, 10, "P9990"},
		{"the default size", 300, 0, 50, "P9950"},
		{"never more than the largest page", 300, 1000, 200, "P9800"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, next, err := usecase.NewListProducts(shelf{length: c.length}).Do(t.Context(), "", c.size)
			if err != nil || len(page) != c.wantPage || next != c.wantNext {
				t.Errorf("%d products and next %q, error %v; want %d and %q", len(page), next, err, c.wantPage, c.wantNext)
			}
		})
	}
}

func TestFollowingTheNextPagesTellsEverythingOnce(t *testing.T) {
	list := usecase.NewListProducts(shelf{length: 23})
	seen, before := 0, ""
	for {
		page, next, err := list.Do(t.Context(), before, 10)
		if err != nil {
			t.Fatal(err)
		}
		seen += len(page)
		if next == "" {
			break
		}
		before = next
	}
	if seen != 23 {
		t.Errorf("%d products told, want 23", seen)
	}
}

// book is deductions O0000, O0001, … whose reading fails after some pages.
type book struct {
	usecase.Ledger
	length    int
	failAfter int
	reads     int
}

var errTorn = errors.New("torn")

func (b *book) Deductions(_ context.Context, filter usecase.DeductionFilter, limit int) (page []domain.DeductionRecord, _ error) {
	if b.reads++; b.failAfter != 0 && b.reads > b.failAfter {
		return nil, errTorn
	}
	for i := range b.length {
		number := fmt.Sprintf("O%04d", i)
		if number > filter.After && len(page) < limit {
			page = append(page, domain.DeductionRecord{StoredDeduction: domain.StoredDeduction{OrderNumber: number}})
		}
	}
	return page, nil
}

func TestDeductionsAreToldAcrossPagesEachOnce(t *testing.T) {
	for _, length := range []int{0, 1, 499, 500, 501, 1200} {
		told := 0
		for d, err := range usecase.NewListDeductions(&book{length: length}).Do(t.Context(), usecase.DeductionFilter{}, 0) {
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("O%04d", told); d.OrderNumber != want {
				t.Fatalf("deduction %d is of order %s, want %s", told, d.OrderNumber, want)
			}
			told++
		}
		if told != length {
			t.Errorf("%d deductions told, want %d", told, length)
		}
	}
}

func TestNoMoreDeductionsAreToldThanAskedFor(t *testing.T) {
	for _, limit := range []int{1, 499, 500, 501, 1199, 1200, 5000} {
		b := &book{length: 1200}
		told := 0
		for d, err := range usecase.NewListDeductions(b).Do(t.Context(), usecase.DeductionFilter{After: "O0009"}, limit) {
			if want := fmt.Sprintf("O%04d", told+10); err != nil || d.OrderNumber != want {
				t.Fatalf("deduction %d is of order %s, want %s: %v", told, d.OrderNumber, want, err)
			}
			told++
		}
		if want := min(limit, 1190); told != want {
			t.Errorf("limit %d: %d deductions told", limit, told)
		}
	}
}

func TestAFailedPageEndsTheDeductions(t *testing.T) {
	var told, failed int
	for _, err := range usecase.NewListDeductions(&book{length: 1200, failAfter: 1}).Do(t.Context(), usecase.DeductionFilter{}, 0) {
		if errors.Is(err, errTorn) {
			failed++
		} else {
			told++
		}
	}
	if told != 500 || failed != 1 {
		t.Errorf("%d deductions and %d errors, want 500 and 1", told, failed)
	}
}

func TestWhoStopsReadingDeductionsIsSentNoMore(t *testing.T) {
	b := &book{length: 1200}
	for _, err := range usecase.NewListDeductions(b).Do(t.Context(), usecase.DeductionFilter{}, 0) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if b.reads != 1 {
		t.Errorf("%d pages were read for one deduction, want 1", b.reads)
	}
}
