// Package ent is generated from schema; run make generate.
package ent
