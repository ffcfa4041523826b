package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/product"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/sku"
	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// Create implements usecase.Products.
func (s *Store) Create(ctx context.Context, p domain.Product) (domain.Product, error) {
	err := dbtx.Run(ctx, s.write.Tx, func(tx *ent.Tx) error {
		now, err := database.Now(ctx, tx, s.dialect)
		if err != nil {
			return err
		}
		p.CreatedAt = now
		if err := tx.Product.Create().SetID(p.ID).SetName(p.Name).SetCreatedAt(now).Exec(ctx); err != nil {
			return fmt.Errorf("insert product: %w", err)
		}
		return s.createSKUs(ctx, tx, p)
	})
	if dbtx.Duplicate(err) {
		return domain.Product{}, s.nameTaken(ctx, p.SKUs, err)
	}
	if err != nil {
		return domain.Product{}, fail(ctx, err)
	}
	return p, nil
}

// createSKUs inserts the product's SKUs and opens their ledgers.
func (s *Store) createSKUs(ctx context.Context, tx *ent.Tx, p domain.Product) error {
	rows := make([]*ent.SKUCreate, len(p.SKUs))
	codes := make([]string, len(p.SKUs))
	for i, k := range p.SKUs {
		codes[i] = k.Code
		rows[i] = tx.SKU.Create().SetCode(k.Code).SetProductID(p.ID).SetPrice(k.Price).
			SetCurrency(k.Currency).SetStock(k.Stock).SetLowWater(k.LowWater)
	}
	if err := tx.SKU.CreateBulk(rows...).Exec(ctx); err != nil {
		return fmt.Errorf("insert SKUs: %w", err)
	}
	ids, err := skuIDs(ctx, tx, codes)
	if err != nil {
		return err
	}
	var opening []entry
	for _, k := range p.SKUs {
		if k.Stock > 0 {
			opening = append(opening, entry{skuID: ids[k.Code], delta: k.Stock, balance: k.Stock})
		}
	}
	return record(ctx, tx, domain.KindOpening, p.ID, p.CreatedAt, opening)
}

// nameTaken says which codes made an insert fail.
func (s *Store) nameTaken(ctx context.Context, skus []domain.SKU, cause error) error {
	codes := make([]string, len(skus))
	for i, k := range skus {
		codes[i] = k.Code
	}
	taken, err := s.SKUs(ctx, codes)
	if err != nil {
		return err
	}
	if len(taken) == 0 {
		// Some other key: a bug, not the caller's mistake.
		return cause
	}
	names := make([]string, len(taken))
	for i, k := range taken {
		names[i] = k.Code
	}
	return fmt.Errorf("%w: %s", domain.ErrSKUExists, strings.Join(names, ", "))
}

// Find implements usecase.Products.
func (s *Store) Find(ctx context.Context, id string) (domain.Product, error) {
	row, err := s.read.Product.Get(ctx, id)
	if ent.IsNotFound(err) {
		return domain.Product{}, domain.ErrProductNotFound
	}
	if err != nil {
		return domain.Product{}, fail(ctx, fmt.Errorf("read product: %w", err))
	}
	found, err := s.withSKUs(ctx, []*ent.Product{row})
	if err != nil {
		return domain.Product{}, err
	}
	return found[0], nil
}

// List implements usecase.Products.
func (s *Store) List(ctx context.Context, before string, limit int) ([]domain.Product, error) {
	query := s.read.Product.Query()
	if before != "" {
		query.Where(product.IDLT(before))
	}
	rows, err := query.Order(product.ByID(entsql.OrderDesc())).Limit(limit).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read products: %w", err))
	}
	return s.withSKUs(ctx, rows)
}

// withSKUs reads the SKUs of products. A product's SKUs are all created with it, so
// reading them later misses none.
func (s *Store) withSKUs(ctx context.Context, rows []*ent.Product) ([]domain.Product, error) {
	products := make([]domain.Product, len(rows))
	at := make(map[string]int, len(rows))
	ids := make([]string, len(rows))
	for i, row := range rows {
		products[i] = domain.Product{ID: row.ID, Name: row.Name, CreatedAt: row.CreatedAt.UTC()}
		at[row.ID], ids[i] = i, row.ID
	}
	skus, err := s.read.SKU.Query().Where(sku.ProductIDIn(ids...)).Order(sku.ByCode()).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read SKUs of products: %w", err))
	}
	for _, row := range skus {
		p := &products[at[row.ProductID]]
		p.SKUs = append(p.SKUs, toSKU(row))
	}
	return products, nil
}

// SKUs implements usecase.Products.
func (s *Store) SKUs(ctx context.Context, codes []string) ([]domain.SKU, error) {
	codes = slices.Compact(slices.Sorted(slices.Values(codes)))
	rows, err := s.read.SKU.Query().Where(sku.CodeIn(codes...)).Order(sku.ByCode()).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read SKUs: %w", err))
	}
	skus := make([]domain.SKU, len(rows))
	for i, row := range rows {
		skus[i] = toSKU(row)
	}
	return skus, nil
}

func toSKU(row *ent.SKU) domain.SKU {
	return domain.SKU{
		Code: row.Code, ProductID: row.ProductID, Price: row.Price, Currency: row.Currency,
		Stock: row.Stock, LowWater: row.LowWater,
	}
}

// skuIDs returns the row ids of the codes that exist. Codes never change, so this
// needs no lock.
func skuIDs(ctx context.Context, tx *ent.Tx, codes []string) (map[string]int64, error) {
	rows, err := tx.SKU.Query().Where(sku.CodeIn(codes...)).Select(sku.FieldID, sku.FieldCode).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read ids of SKUs: %w", err)
	}
	ids := make(map[string]int64, len(rows))
	for _, row := range rows {
		ids[row.Code] = row.ID
	}
	return ids, nil
}
