// Package ent is generated from schema by `make generate`. There is no go:generate
// line on purpose: in a workspace the stock one cannot work.
package ent
