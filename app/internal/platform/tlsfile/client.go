package tlsfile

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"

	"google.golang.org/grpc/credentials"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// Client is the TLS of connections to one server. It is safe for concurrent use.
type Client struct{ files *files[*tls.Config] }

// NewClient reads the files. setting is the path of cfg. An error names the setting
// and the file.
func NewClient(cfg *conf.ClientTls, setting string, logger *slog.Logger) (*Client, error) {
	f, err := open(&files[*tls.Config]{
		setting: setting, names: []string{cfg.GetCaFile(), cfg.GetCertFile(), cfg.GetKeyFile()}, logger: logger,
		build: func(contents [][]byte) (*tls.Config, error) { return clientConfig(cfg, contents) },
	})
	if err != nil {
		return nil, err
	}
	if cfg.GetCertFile() != "" {
		watchExpiry(setting, cfg.GetCertFile(), logger, func() tls.Certificate { return f.get().Certificates[0] })
	}
	return &Client{f}, nil
}

func clientConfig(cfg *conf.ClientTls, contents [][]byte) (*tls.Config, error) {
	servers, err := authorities(cfg.GetCaFile(), contents[0])
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: servers, ServerName: cfg.GetServerName()}
	if cfg.GetCertFile() != "" {
		pair, err := keyPair(cfg.GetCertFile(), cfg.GetKeyFile(), contents[1], contents[2])
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// Config is what the files say now. It is the same pointer until they change, and not
// to be changed.
func (c *Client) Config() *tls.Config { return c.files.get() }

// Credentials are for connections of gRPC: each is made with what the files say then.
func (c *Client) Credentials() credentials.TransportCredentials {
	return &transport{credentials.NewTLS(c.Config()), c}
}

type transport struct {
	credentials.TransportCredentials
	client *Client
}

func (t *transport) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return credentials.NewTLS(t.client.Config()).ClientHandshake(ctx, authority, conn)
}

func (t *transport) Clone() credentials.TransportCredentials {
	return &transport{t.TransportCredentials.Clone(), t.client}
}
