package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

const tea = `{"name": "tea", "skus": [
	{"code": "tea.b", "price": "250", "currency": "EUR"},
	{"code": "tea.a", "price": 199, "currency": "CNY", "openingStock": "7", "lowWater": "2"}]}`

func TestAProductIsCreatedFoundAndListedOverHTTP(t *testing.T) {
	s := start(t)
	created := s.ok(http.MethodPost, "/v1/products", tea)["product"].(object)
	id := created["id"].(string)
	for what, found := range map[string]object{
		"the answer": created,
		"by its id":  s.ok(http.MethodGet, "/v1/products/"+id, "")["product"].(object),
		"the list":   s.ok(http.MethodGet, "/v1/products", "")["products"].([]any)[0].(object),
	} {
		skus := found["skus"].([]any)
		first := skus[0].(object)
		if found["id"] != id || found["name"] != "tea" || found["createdAt"] == nil || len(skus) != 2 ||
			first["code"] != "tea.a" || first["price"] != "199" || first["stock"] != "7" || first["lowWater"] != "2" || first["productId"] != id {
			t.Errorf("%s tells %v", what, found)
		}
	}
}

func TestStockIsChangedAndItsLedgerReadOverHTTP(t *testing.T) {
	s := start(t)
	s.ok(http.MethodPost, "/v1/products", tea)
	const restock = `{"requestId": "delivery/1", "quantity": "5", "reason": "delivery"}`
	for range 2 {
		movement := s.ok(http.MethodPost, "/v1/skus/tea.a:restock", restock)["movement"].(object)
		if movement["kind"] != "MOVEMENT_KIND_RESTOCK" || movement["delta"] != "5" || movement["balance"] != "12" || movement["ref"] != "delivery/1" {
			t.Errorf("restock is answered with %v", movement)
		}
	}
	s.ok(http.MethodPost, "/v1/skus/tea.a:adjust", `{"requestId": "count-1", "delta": -2, "reason": "broken"}`)
	if sku := s.ok(http.MethodGet, "/v1/skus/tea.a", "")["sku"].(object); sku["stock"] != "10" {
		t.Errorf("stock is %v, want 10", sku["stock"])
	}

	var told []string
	query := "?pageSize=2"
	for query != "" {
		page := s.ok(http.MethodGet, "/v1/skus/tea.a/movements"+query, "")
		for _, m := range page["movements"].([]any) {
			told = append(told, m.(object)["kind"].(string)+" "+m.(object)["delta"].(string))
		}
		query = ""
		if next := page["nextPageToken"].(string); next != "" {
			query = "?pageSize=2&pageToken=" + next
		}
	}
	want := []string{"MOVEMENT_KIND_ADJUST -2", "MOVEMENT_KIND_RESTOCK 5", "MOVEMENT_KIND_OPENING 7"}
	if !slices.Equal(told, want) {
		t.Errorf("the ledger tells %q, want %q", told, want)
	}
}

func TestBadRequestsAreAnsweredWithTheirReason(t *testing.T) {
	s := start(t)
	s.ok(http.MethodPost, "/v1/products", tea)
	s.ok(http.MethodPost, "/v1/skus/tea.a:restock", `{"requestId": "r1", "quantity": "5"}`)
	for _, c := range []struct {
		name         string
		method, path string
		body         string
		status       int
		reason, says string
	}{
		{"an unknown product", http.MethodGet, "/v1/products/P1", "", 404, "PRODUCT_NOT_FOUND", "P1"},
		{"an unknown SKU", http.MethodGet, "/v1/skus/mug", "", 404, "SKU_NOT_FOUND", "mug"},
		{"the ledger of an unknown SKU", http.MethodGet, "/v1/skus/mug/movements", "", 404, "SKU_NOT_FOUND", "mug"},
		{"a taken code", http.MethodPost, "/v1/products", tea, 409, "SKU_EXISTS", "tea.a"},
		{"a request id used again", http.MethodPost, "/v1/skus/tea.a:restock", `{"requestId": "r1", "quantity": "6"}`, 409, "REQUEST_REUSED", "r1"},
		{"more than there is", http.MethodPost, "/v1/skus/tea.a:adjust", `{"requestId": "a1", "delta": "-13", "reason": "x"}`, 409, "STOCK_OUT_OF_RANGE", "tea.a"},
		{"an adjustment of nothing", http.MethodPost, "/v1/skus/tea.a:adjust", `{"requestId": "a1", "delta": 0, "reason": "x"}`, 400, "INVALID_ARGUMENT", "delta"},
		{"a price that is no integer", http.MethodPost, "/v1/products", strings.Replace(tea, "199", "1.99", 1), 400, "INVALID_ARGUMENT", "price"},
		{"a price of nothing", http.MethodPost, "/v1/products", strings.Replace(tea, "199", "0", 1), 400, "INVALID_ARGUMENT", "skus[1].price"},
		{"an unknown field", http.MethodPost, "/v1/products", strings.Replace(tea, "lowWater", "lowwater", 1), 400, "INVALID_ARGUMENT", "lowwater"},
		{"two SKUs of one code", http.MethodPost, "/v1/products", strings.Replace(tea, "tea.b", "tea.a", 1), 400, "INVALID_ARGUMENT", "tea.a"},
		{"a name that cannot be shown", http.MethodPost, "/v1/products", strings.Replace(tea, `"tea"`, `"t\u0007"`, 1), 400, "INVALID_ARGUMENT", "name"},
		{"a page token of another list", http.MethodGet, "/v1/products?pageToken=abc", "", 400, "INVALID_ARGUMENT", "pageToken"},
		{"a page too large", http.MethodGet, "/v1/products?pageSize=201", "", 400, "INVALID_ARGUMENT", "pageSize"},
		{"taking stock over HTTP", http.MethodPost, "/stockonce.product.v1.StockService/DeductStock", `{}`, 404, "NOT_FOUND", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, answer := s.call(c.method, c.path, c.body)
			message, _ := answer["message"].(string)
			if status != c.status || answer["reason"] != c.reason || !strings.Contains(message, c.says) {
				t.Errorf("answered with %d %v, want %d %s that says %q", status, answer, c.status, c.reason, c.says)
			}
		})
	}
	if sku := s.ok(http.MethodGet, "/v1/skus/tea.a", "")["sku"].(object); sku["stock"] != "12" {
		t.Errorf("stock is %v after refused requests, want 12", sku["stock"])
	}
}
