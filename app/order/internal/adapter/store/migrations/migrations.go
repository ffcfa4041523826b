// Package migrations holds the order service's schema as versioned SQL files, one
// folder per dialect. They are written by the program in the folder diff and never
// changed once they are released.
package migrations

import "embed"

// Files holds the folders mysql and sqlite.
//
//go:embed mysql sqlite
var Files embed.FS
