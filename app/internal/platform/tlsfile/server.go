package tlsfile

import (
	"crypto/tls"
	"log/slog"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// Server returns the TLS of a listener that speaks the protocols, in the names of
// ALPN. setting is the path of cfg. An error names the setting and the file.
//
// TLS 1.2 is the oldest version taken. Clients' certificates are checked when there
// is a file of their authorities; without RequireClientCert a client may show none.
func Server(cfg *conf.ServerTls, setting string, logger *slog.Logger, protocols ...string) (*tls.Config, error) {
	f, err := open(&files[*tls.Config]{
		setting: setting, names: []string{cfg.GetCertFile(), cfg.GetKeyFile(), cfg.GetClientCaFile()}, logger: logger,
		build: func(contents [][]byte) (*tls.Config, error) { return serverConfig(cfg, contents, protocols) },
	})
	if err != nil {
		return nil, err
	}
	watchExpiry(setting, cfg.GetCertFile(), logger, func() tls.Certificate { return f.get().Certificates[0] })
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		NextProtos:         protocols,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return f.get(), nil },
	}, nil
}

func serverConfig(cfg *conf.ServerTls, contents [][]byte, protocols []string) (*tls.Config, error) {
	pair, err := keyPair(cfg.GetCertFile(), cfg.GetKeyFile(), contents[0], contents[1])
	if err != nil {
		return nil, err
	}
	clients, err := authorities(cfg.GetClientCaFile(), contents[2])
	if err != nil {
		return nil, err
	}
	c := &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: protocols,
		Certificates: []tls.Certificate{pair}, ClientCAs: clients,
	}
	if clients != nil {
		c.ClientAuth = tls.VerifyClientCertIfGiven
		if cfg.GetRequireClientCert() {
			c.ClientAuth = tls.RequireAndVerifyClientCert
		}
		// A resumed session skips the check: an authority that was taken out of the
		// file would go on for as long as its clients' tickets.
		c.SessionTicketsDisabled = true
	}
	return c, nil
}
