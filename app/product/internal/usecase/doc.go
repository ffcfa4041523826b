// Package usecase holds what the product service does, one verb per file. Start
// with ports.go: it says in words what the verbs need of the outside.
package usecase
