package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/outbound"
)

const (
	// maxKeyFile is the longest key set read of a file, in bytes.
	maxKeyFile = 1 << 20

	// poll is how soon a changed file is noticed.
	poll = 5 * time.Second
	// A file costs nothing to read, so a token that names a new key need not wait.
	filePause = time.Second

	// An issuer shows a new key long before it signs with it, and takes an old one away
	// after the last token has expired: minutes do.
	urlOften = 5 * time.Minute
	urlRetry = 30 * time.Second
	urlPause = 10 * time.Second
)

// fromFile is a key set in a file.
func fromFile(path string) *source {
	read := func(context.Context) (*keySet, error) {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("jwksFile: %w", err)
		}
		if info.Size() > maxKeyFile {
			return nil, fmt.Errorf("jwksFile: %s is longer than %d bytes", path, maxKeyFile)
		}
		text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, fmt.Errorf("jwksFile: %w", err)
		}
		set, err := parseKeys(text)
		if err != nil {
			return nil, fmt.Errorf("jwksFile: %s: %w", path, err)
		}
		return set, nil
	}
	return &source{reading: make(chan struct{}, 1), read: read, retry: poll / 2, often: poll / 2, pause: filePause}
}

// fromURL asks for a key set. Each time with a client of its own: certificates may have
// changed, and nobody needs the connection for minutes.
func fromURL(e *conf.Endpoint) *source {
	read := func(ctx context.Context) (*keySet, error) {
		set, err := fetch(ctx, e)
		if err != nil {
			return nil, fmt.Errorf("jwks.url: %w", err)
		}
		return set, nil
	}
	return &source{reading: make(chan struct{}, 1), read: read, late: true, often: urlOften, retry: urlRetry, pause: urlPause}
}

func fetch(ctx context.Context, e *conf.Endpoint) (*keySet, error) {
	client, err := outbound.NewClient(e)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.GetUrl(), http.NoBody)
	if err != nil {
		return nil, errors.New("not an address that can be asked")
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	answer, err := outbound.Exchange(client, req)
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK {
		return nil, fmt.Errorf("answered %d", answer.Status)
	}
	return parseKeys(answer.Body)
}
