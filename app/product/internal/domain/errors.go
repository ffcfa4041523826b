package domain

import "errors"

// Errors that callers tell apart. Each is wrapped with what exactly was wrong.
var (
	// ErrInvalid: a value breaks one of the rules of this package.
	ErrInvalid = errors.New("invalid value")
	// ErrProductNotFound: no product has this id.
	ErrProductNotFound = errors.New("product not found")
	// ErrSKUNotFound: no SKU has this code.
	ErrSKUNotFound = errors.New("SKU not found")
	// ErrSKUExists: a SKU with this code exists already.
	ErrSKUExists = errors.New("SKU exists already")
	// ErrRequestReused: the request id belongs to another change of the same SKU.
	ErrRequestReused = errors.New("request id was used before with other content")
	// ErrStockOutOfRange: the stock would fall below zero or rise above MaxStock.
	ErrStockOutOfRange = errors.New("stock would be out of range")
)
