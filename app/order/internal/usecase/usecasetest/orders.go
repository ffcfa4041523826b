package usecasetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func runOrders(t *testing.T, open func(t *testing.T) Ports) {
	t.Run("an order is found as it was placed", func(t *testing.T) {
		p := open(t)
		placed := place(t, p)
		for _, find := range []func() (*domain.Order, error){
			func() (*domain.Order, error) { return p.Orders.Find(t.Context(), placed.Number()) },
			func() (*domain.Order, error) {
				return p.Orders.FindByRequest(t.Context(), placed.Customer(), placed.RequestID())
			},
		} {
			o, err := find()
			if err != nil {
				t.Fatal(err)
			}
			if o.Number() != placed.Number() || o.Customer() != placed.Customer() || o.RequestID() != placed.RequestID() ||
				o.RequestHash() != placed.RequestHash() || o.Provider() != "standard" || o.Status() != domain.Created ||
				o.Total() != placed.Total() || !slices.Equal(o.Lines(), placed.Lines()) || o.Winner() != "" {
				t.Errorf("found %+v, placed %+v", o, placed)
			}
			if !o.CreatedAt().Equal(placed.CreatedAt()) || !o.ExpiresAt().Equal(placed.ExpiresAt()) {
				t.Errorf("created %s, expires %s; placed %s and %s", o.CreatedAt(), o.ExpiresAt(), placed.CreatedAt(), placed.ExpiresAt())
			}
		}
	})
	t.Run("an order nobody placed is not found", func(t *testing.T) {
		p := open(t)
		placed := place(t, p)
		if _, err := p.Orders.Find(t.Context(), "nope"); !errors.Is(err, usecase.ErrOrderNotFound) {
			t.Errorf("error %v", err)
		}
		if _, err := p.Orders.FindByRequest(t.Context(), placed.Customer(), "nope"); !errors.Is(err, usecase.ErrOrderNotFound) {
			t.Errorf("error %v", err)
		}
		if _, err := p.Orders.Find(t.Context(), strings.ToLower(placed.Number())); !errors.Is(err, usecase.ErrOrderNotFound) {
			t.Errorf("numbers that differ by case are taken for one: %v", err)
		}
	})
	t.Run("a customer's request has one order", func(t *testing.T) {
		p := open(t)
		first := place(t, p)
		wish, err := domain.NewWish(first.Customer(), first.RequestID(), "", []domain.Item{{SKU: "A", Quantity: 1}})
		if err != nil {
			t.Fatal(err)
		}
		again, err := domain.Place(id("O"), wish, map[string]domain.Money{"A": {Minor: 1, Currency: "CNY"}}, first.CreatedAt(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Orders.Add(t.Context(), again); !errors.Is(err, usecase.ErrRequestTaken) {
			t.Fatalf("error %v", err)
		}
		if _, err := p.Orders.Find(t.Context(), again.Number()); !errors.Is(err, usecase.ErrOrderNotFound) {
			t.Fatalf("something of the second order was stored: %v", err)
		}
		placeFor(t, p, id("customer"), first.RequestID(), time.Hour) // another customer may use the same id
	})
	t.Run("lists go from the newest to the oldest, by status, customer and page", func(t *testing.T) {
		p := open(t)
		var numbers []string
		for range 5 {
			numbers = append([]string{place(t, p).Number()}, numbers...)
		}
		cancelled := numbers[1]
		loyal := id("customer")
		for _, request := range []string{"1", "2"} {
			numbers = append([]string{placeFor(t, p, loyal, request, time.Hour).Number()}, numbers...)
		}
		if err := p.Orders.Update(t.Context(), cancelled, func(o *domain.Order) error { return o.Cancel(false) }); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			status   domain.Status
			customer string
			before   string
			limit    int
			want     []string
		}{
			{"", "", "", 10, numbers},
			{"", "", "", 2, numbers[:2]},
			{"", "", numbers[1], 2, numbers[2:4]},
			{"", "", numbers[6], 2, nil},
			{domain.Cancelled, "", "", 10, []string{cancelled}},
			{domain.Created, "", numbers[2], 2, []string{numbers[4], numbers[5]}},
			{domain.Paid, "", "", 10, nil},
			{"", loyal, "", 10, numbers[:2]},
			{"", loyal, numbers[0], 10, numbers[1:2]},
			{"", loyal, "", 1, numbers[:1]},
			{domain.Cancelled, loyal, "", 10, nil},
			{"", strings.ToUpper(loyal), "", 10, nil},
		} {
			orders, err := p.Orders.List(t.Context(), usecase.OrderFilter{Status: c.status, Customer: c.customer}, c.before, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range orders {
				got = append(got, o.Number())
				if len(o.Lines()) != 2 {
					t.Errorf("order %s without its lines", o.Number())
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("status %q customer %q before %q limit %d: %v, want %v", c.status, c.customer, c.before, c.limit, got, c.want)
			}
		}
	})
	t.Run("unpaid tells orders whose time and grace are over", func(t *testing.T) {
		p := open(t)
		expired := placeFor(t, p, id("c"), id("r"), -time.Hour)
		longest := placeFor(t, p, id("c"), id("r"), -2*time.Hour)
		place(t, p)
		paid := placeFor(t, p, id("c"), id("r"), -time.Hour)
		pay(t, p, paid.Number(), "token")
		for grace, want := range map[time.Duration][]string{
			0:                {longest.Number(), expired.Number()},
			90 * time.Minute: {longest.Number()},
			3 * time.Hour:    nil,
		} {
			got, err := p.Orders.Unpaid(t.Context(), grace, 10, nil)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("grace %s: %v, %v, want %v", grace, got, err, want)
			}
		}
		if got, err := p.Orders.Unpaid(t.Context(), 0, 1, []string{"stripe"}); err != nil || !slices.Equal(got, []string{longest.Number()}) {
			t.Errorf("limit 1: %v, %v", got, err)
		}
		if got, err := p.Orders.Unpaid(t.Context(), 0, 10, []string{"standard"}); err != nil || len(got) != 0 {
			t.Errorf("without their provider: %v, %v", got, err)
		}
	})
}
