package internal_test

import (
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/archtest"
)

func TestImportsKeepTheHexagon(t *testing.T) { archtest.Service(t, "..") }
