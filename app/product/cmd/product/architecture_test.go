package main

import (
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/archtest"
)

func TestTheLayersKnowOnlyWhatTheyMay(t *testing.T) { archtest.Service(t, "../..") }
