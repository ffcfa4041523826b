// Package keyset keeps the keys of all providers in one folder.
package keyset

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stockonce/stockonce/app/paysim/alipay"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
	"github.com/stockonce/stockonce/app/paysim/standard"
	"github.com/stockonce/stockonce/app/paysim/stripe"
	"github.com/stockonce/stockonce/app/paysim/wechatpay"
)

// The files beside the keys.
const (
	// File says who the merchant is at each provider; paysim reads it.
	File = "paysim.json"
	// ConfigFile is what the order service needs to be told.
	ConfigFile = "order.yaml"
)

// Names are the providers there are.
func Names() []string { return []string{"standard", "wechatpay", "alipay", "stripe"} }

// Set holds the keys of providers; those that are nil are not played.
type Set struct {
	Standard  *struct{}       `json:"standard,omitempty"` // its keys say everything
	WeChatPay *wechatpay.Keys `json:"wechatpay,omitempty"`
	Alipay    *alipay.Keys    `json:"alipay,omitempty"`
	Stripe    *stripe.Keys    `json:"stripe,omitempty"`

	standard *standard.Keys
}

// New makes keys for the providers with the names; for all when none is named.
func New(names ...string) (*Set, error) {
	if len(names) == 0 {
		names = Names()
	}
	s := &Set{}
	for _, name := range names {
		if err := s.add(name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return s, nil
}

func (s *Set) add(name string) (err error) {
	switch name {
	case "standard":
		s.Standard, s.standard = &struct{}{}, standard.NewKeys()
	case "wechatpay":
		s.WeChatPay, err = wechatpay.NewKeys()
	case "alipay":
		s.Alipay, err = alipay.NewKeys()
	case "stripe":
		s.Stripe = stripe.NewKeys()
	default:
		err = fmt.Errorf("no such provider; there are %s", strings.Join(Names(), ", "))
	}
	return err
}

// Read reads the keys that dir holds. Errors hold nothing of them.
func Read(dir string) (*Set, error) {
	text, err := keyfile.Read(dir, File)
	if err != nil {
		return nil, err
	}
	s := &Set{}
	if err := json.Unmarshal([]byte(text), s); err != nil {
		return nil, fmt.Errorf("%s: %w", File, err)
	}
	if s.Standard != nil {
		if s.standard, err = standard.ReadKeys(dir); err != nil {
			return nil, err
		}
	}
	for _, keys := range s.readers() {
		if err := keys.ReadFiles(dir); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// reader completes itself from files.
type reader interface{ ReadFiles(dir string) error }

func (s *Set) readers() (all []reader) {
	if s.WeChatPay != nil {
		all = append(all, s.WeChatPay)
	}
	if s.Alipay != nil {
		all = append(all, s.Alipay)
	}
	if s.Stripe != nil {
		all = append(all, s.Stripe)
	}
	return all
}

// part is the keys of one provider.
type part interface {
	Write(dir string) error
	Config(at keyfile.Place) string
}

func (s *Set) parts() map[string]part {
	parts := map[string]part{}
	if s.standard != nil {
		parts["standard"] = s.standard
	}
	if s.WeChatPay != nil {
		parts["wechatpay"] = s.WeChatPay
	}
	if s.Alipay != nil {
		parts["alipay"] = s.Alipay
	}
	if s.Stripe != nil {
		parts["stripe"] = s.Stripe
	}
	return parts
}

// Write writes the keys into dir, which is made if need be: files that only their
// owner can read, among them ConfigFile for an order service that finds things at. A
// folder that holds such files already is left as it is: os.ErrExist.
func (s *Set) Write(at keyfile.Place) error {
	if err := os.MkdirAll(at.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	for _, name := range []string{File, ConfigFile} {
		if _, err := os.Lstat(filepath.Join(at.Dir, name)); !errors.Is(err, os.ErrNotExist) {
			return errors.Join(fmt.Errorf("%s is in %s already: %w", name, at.Dir, os.ErrExist), err)
		}
	}
	for _, name := range Names() {
		if p := s.parts()[name]; p != nil {
			if err := p.Write(at.Dir); err != nil {
				return err
			}
		}
	}
	identities, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", File, err)
	}
	if err := keyfile.Write(at.Dir, File, string(identities)+"\n"); err != nil {
		return err
	}
	return keyfile.Write(at.Dir, ConfigFile, s.Config(at))
}

// Config is the part of the order service's configuration that goes with the keys. It
// names files and holds no secret.
func (s *Set) Config(at keyfile.Place) string {
	parts := s.parts()
	var text strings.Builder
	text.WriteString("providers:\n")
	for _, name := range Names() {
		if p := parts[name]; p != nil {
			text.WriteString(p.Config(at))
		}
	}
	return text.String()
}

// Dialects are those of the providers that the set has keys of.
func (s *Set) Dialects() []dialect.Dialect {
	var all []dialect.Dialect
	if s.standard != nil {
		all = append(all, standard.New(s.standard))
	}
	if s.WeChatPay != nil {
		all = append(all, wechatpay.New(s.WeChatPay))
	}
	if s.Alipay != nil {
		all = append(all, alipay.New(s.Alipay))
	}
	if s.Stripe != nil {
		all = append(all, stripe.New(s.Stripe))
	}
	return all
}

// Dialect is the one of the provider with the name, if the set has its keys.
func (s *Set) Dialect(name string) (dialect.Dialect, bool) {
	all := s.Dialects()
	i := slices.IndexFunc(all, func(d dialect.Dialect) bool { return d.Name() == name })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}
