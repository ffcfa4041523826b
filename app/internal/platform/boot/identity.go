package boot

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/stockonce/stockonce/app/internal/platform/credential"
)

// longestToken is for how long an operator can sign a token by hand: nothing calls
// one back.
const longestToken = 24 * time.Hour

// identityCommands make the keys and tokens that callers are known by. They read
// neither configuration nor database.
func identityCommands(p process) []command {
	return []command{
		{
			name: "identity key", args: "FILE", own: true,
			help: "make a private key (P-256) that signs tokens, in a new file, and tell its id",
			define: func(*flag.FlagSet) func(string, []string) error {
				return func(_ string, args []string) error { return makeKey(args[0], p) }
			},
		},
		{
			name: "identity jwks", args: "FILE [FILE]", own: true,
			help: "tell the public halves of private keys as a JSON Web Key Set",
			define: func(*flag.FlagSet) func(string, []string) error {
				return func(_ string, args []string) error { return tellKeySet(args, p) }
			},
		},
		{
			name: "identity token", args: "FILE", own: true,
			help: "sign a token with a private key and tell it",
			define: func(flags *flag.FlagSet) func(string, []string) error {
				t := tokenFlags{
					issuer:   flags.String("issuer", "", "`name` of the issuer, as in access.issuers"),
					audience: flags.String("audience", "", "`name` of whom it is for"),
					subject:  flags.String("subject", "", "`name` of whom it speaks of"),
					roles:    flags.String("roles", "", "`list` of roles, with commas between"),
					lifetime: flags.Duration("for", 8*time.Hour, "`time` that it is good for, at most 24h"),
				}
				return func(_ string, args []string) error { return signToken(args[0], t, p) }
			},
		},
	}
}

func makeKey(file string, p process) (err error) {
	key, err := credential.NewKey()
	if err != nil {
		return err
	}
	text, err := key.PEM()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	if _, err = f.Write(text); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write the key: %w", err), os.Remove(file))
	}
	_, err = fmt.Fprintln(p.stdout, key.ID())
	return err
}

func tellKeySet(files []string, p process) error {
	var set jose.JSONWebKeySet
	for _, file := range files {
		key, err := readKey(file)
		if err != nil {
			return err
		}
		set.Keys = append(set.Keys, key.Public())
	}
	text, err := json.MarshalIndent(set, "", "  ")
	if err != nil {
		return fmt.Errorf("key set: %w", err)
	}
	_, err = fmt.Fprintf(p.stdout, "%s\n", text)
	return err
}

type tokenFlags struct {
	issuer, audience, subject, roles *string
	lifetime                         *time.Duration
}

func signToken(file string, t tokenFlags, p process) error {
	for _, f := range []struct{ name, value string }{
		{"issuer", *t.issuer}, {"audience", *t.audience}, {"subject", *t.subject}, {"roles", *t.roles},
	} {
		if f.value == "" {
			return UsageError("--" + f.name + " is missing")
		}
	}
	if *t.lifetime <= 0 || *t.lifetime > longestToken {
		return UsageError("--for must be more than 0 and at most " + longestToken.String())
	}
	key, err := readKey(file)
	if err != nil {
		return err
	}
	token, err := key.Sign(credential.Claims{
		Issuer: *t.issuer, Audience: *t.audience, Subject: *t.subject, Roles: strings.Split(*t.roles, ","),
	}, time.Now(), *t.lifetime)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, token)
	return err
}

func readKey(file string) (*credential.Key, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	key, err := credential.ParseKey(string(text), "")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return key, nil
}
