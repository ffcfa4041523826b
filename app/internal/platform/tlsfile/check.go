package tlsfile

import (
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// CheckServer says what is wrong with the way a configuration names the files of a
// listener, without reading any. Errors begin with setting, its path. Nil is plain
// text, and fine.
func CheckServer(setting string, cfg *conf.ServerTls) error {
	if cfg.GetRequireClientCert() && cfg.GetClientCaFile() == "" {
		return fmt.Errorf("%s.clientCaFile: must be given with requireClientCert", setting)
	}
	return nil
}

// CheckClient does the same for connections to a server.
func CheckClient(setting string, cfg *conf.ClientTls) error {
	if (cfg.GetCertFile() == "") != (cfg.GetKeyFile() == "") {
		return fmt.Errorf("%s: certFile and keyFile go together", setting)
	}
	return nil
}

// Check checks all that a service's listeners and its database name.
func Check(server *conf.Server, db *conf.Database) error {
	errs := []error{
		CheckServer("server.http.tls", server.GetHttp().GetTls()),
		CheckServer("server.grpc.tls", server.GetGrpc().GetTls()),
		CheckClient("database.tls", db.GetTls()),
	}
	if db.GetTls() != nil && db.GetDriver() != "mysql" {
		errs = append(errs, errors.New("database.tls: only mysql has it"))
	}
	return errors.Join(errs...)
}
