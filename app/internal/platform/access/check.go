package access

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// Check says what is wrong with a configuration that no field's rule can state, without
// reading any key. Errors begin with the path of the setting.
func Check(a *conf.Access) error {
	var errs []error
	seen := map[string]bool{}
	for n, i := range a.GetIssuers() {
		at := fmt.Sprintf("access.issuers[%d]", n)
		if seen[i.GetIssuer()] {
			errs = append(errs, fmt.Errorf("%s.issuer: is there twice", at))
		}
		seen[i.GetIssuer()] = true
		errs = append(errs, checkKeys(at, i))
		if len(i.GetServices()) > 0 && !slices.Contains(i.GetRoles(), string(Service)) {
			errs = append(errs, fmt.Errorf("%s.services: only with the role service among roles", at))
		}
	}
	seen = map[string]bool{}
	for n, c := range a.GetCertificates() {
		at := fmt.Sprintf("access.certificates[%d]", n)
		if seen[c.GetName()] {
			errs = append(errs, fmt.Errorf("%s.name: is there twice", at))
		}
		seen[c.GetName()] = true
		if !validSubject(c.GetSubject()) {
			errs = append(errs, fmt.Errorf("%s.subject: must be 1 to %d visible ASCII characters", at, maxSubject))
		}
	}
	return errors.Join(errs...)
}

func checkKeys(at string, i *conf.Issuer) error {
	e := i.GetJwks()
	if (i.GetJwksFile() == "") == (e == nil) {
		return fmt.Errorf("%s: must have either jwksFile or jwks", at)
	}
	if e == nil {
		return nil
	}
	if u, err := url.Parse(e.GetUrl()); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%s.jwks.url: must be an https or http address", at)
	}
	if (e.GetCertFile() == "") != (e.GetKeyFile() == "") {
		return fmt.Errorf("%s.jwks: certFile and keyFile go together", at)
	}
	return nil
}
