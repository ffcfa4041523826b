// Package grpcapi answers the contracts of api/product/v1, over gRPC and over the
// HTTP that is generated from them. It translates; what is decided is decided in
// the package usecase.
package grpcapi

import (
	"context"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/internal/platform/access"
	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// ProductUsecases are what ProductService does.
type ProductUsecases struct {
	CreateProduct *usecase.CreateProduct
	FindProduct   *usecase.FindProduct
	ListProducts  *usecase.ListProducts
	FindSKU       *usecase.FindSKU
	LookUpPrices  *usecase.LookUpPrices
	Restock       *usecase.Restock
	Adjust        *usecase.Adjust
	ListMovements *usecase.ListMovements
}

// ProductService is stockonce.product.v1.ProductService over gRPC and HTTP.
//
// It returns domain errors: MapError turns them into answers.
type ProductService struct {
	productv1.UnimplementedProductServiceServer
	do ProductUsecases
}

var (
	_ productv1.ProductServiceServer     = (*ProductService)(nil)
	_ productv1.ProductServiceHTTPServer = (*ProductService)(nil)
)

// NewProductService returns the service.
func NewProductService(do ProductUsecases) *ProductService { return &ProductService{do: do} }

// CreateProduct implements the contract.
func (s *ProductService) CreateProduct(ctx context.Context, req *productv1.CreateProductRequest) (*productv1.CreateProductResponse, error) {
	skus := make([]domain.SKU, len(req.GetSkus()))
	for i, k := range req.GetSkus() {
		skus[i] = domain.SKU{
			Code: k.GetCode(), Price: k.GetPrice(), Currency: k.GetCurrency(),
			Stock: k.GetOpeningStock(), LowWater: k.GetLowWater(),
		}
	}
	product, err := s.do.CreateProduct.Do(ctx, req.GetName(), skus)
	if err != nil {
		return nil, err
	}
	return &productv1.CreateProductResponse{Product: fromProduct(product)}, nil
}

// GetProduct implements the contract.
func (s *ProductService) GetProduct(ctx context.Context, req *productv1.GetProductRequest) (*productv1.GetProductResponse, error) {
	product, err := s.do.FindProduct.Do(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	return &productv1.GetProductResponse{Product: fromProduct(product)}, nil
}

// ListProducts implements the contract.
func (s *ProductService) ListProducts(ctx context.Context, req *productv1.ListProductsRequest) (*productv1.ListProductsResponse, error) {
	before, err := decodeProductsToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	page, next, err := s.do.ListProducts.Do(ctx, before, int(req.GetPageSize()))
	if err != nil {
		return nil, err
	}
	return &productv1.ListProductsResponse{
		Products: each(page, fromProduct), NextPageToken: encodeProductsToken(next),
	}, nil
}

// GetSku implements the contract.
func (s *ProductService) GetSku(ctx context.Context, req *productv1.GetSkuRequest) (*productv1.GetSkuResponse, error) {
	sku, err := s.do.FindSKU.Do(ctx, req.GetCode())
	if err != nil {
		return nil, err
	}
	return &productv1.GetSkuResponse{Sku: fromSKU(sku)}, nil
}

// GetSkus implements the contract.
func (s *ProductService) GetSkus(ctx context.Context, req *productv1.GetSkusRequest) (*productv1.GetSkusResponse, error) {
	skus, err := s.do.LookUpPrices.Do(ctx, req.GetCodes())
	if err != nil {
		return nil, err
	}
	return &productv1.GetSkusResponse{Skus: each(skus, fromSKU)}, nil
}

// caller is who asks, for the ledger.
func caller(ctx context.Context) string {
	c, _ := access.From(ctx)
	return c.Subject
}

// RestockSku implements the contract.
func (s *ProductService) RestockSku(ctx context.Context, req *productv1.RestockSkuRequest) (*productv1.RestockSkuResponse, error) {
	movement, err := s.do.Restock.Do(ctx, req.GetCode(), req.GetRequestId(), req.GetQuantity(), req.GetReason(), caller(ctx))
	if err != nil {
		return nil, err
	}
	return &productv1.RestockSkuResponse{Movement: fromMovement(movement)}, nil
}

// AdjustSku implements the contract.
func (s *ProductService) AdjustSku(ctx context.Context, req *productv1.AdjustSkuRequest) (*productv1.AdjustSkuResponse, error) {
	movement, err := s.do.Adjust.Do(ctx, req.GetCode(), req.GetRequestId(), req.GetDelta(), req.GetReason(), caller(ctx))
	if err != nil {
		return nil, err
	}
	return &productv1.AdjustSkuResponse{Movement: fromMovement(movement)}, nil
}

// ListMovements implements the contract.
func (s *ProductService) ListMovements(ctx context.Context, req *productv1.ListMovementsRequest) (*productv1.ListMovementsResponse, error) {
	before, err := decodeMovementsToken(req.GetPageToken(), req.GetCode())
	if err != nil {
		return nil, err
	}
	page, next, err := s.do.ListMovements.Do(ctx, req.GetCode(), before, int(req.GetPageSize()))
	if err != nil {
		return nil, err
	}
	return &productv1.ListMovementsResponse{
		Movements: each(page, fromMovement), NextPageToken: encodeMovementsToken(next, req.GetCode()),
	}, nil
}
