// Package domain holds what products, SKUs, deductions and movements are and the
// rules they keep. It knows no database, no transport and no clock.
package domain
