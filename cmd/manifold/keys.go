package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/authn"
)

type keysCommand struct {
	Create keysCreateCommand `cmd:"" help:"Make a client and its key, which is shown once."`
	List   keysListCommand   `cmd:"" help:"Show who is in the keys file, and until when."`
	Rotate keysRotateCommand `cmd:"" help:"Give a client another key, and let the old one go on for a while."`
	Revoke keysRevokeCommand `cmd:"" help:"Take a client out, with all its keys."`
}

// keysFile is the configuration whose keys_file is meant.
type keysFile struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file, which names keys_file."`
}

func (f keysFile) load(env config.Lookup) (*config.Config, error) {
	cfg, err := config.Load(f.Config, env)
	if err == nil && cfg.KeysFile == "" {
		err = fmt.Errorf("%s names no keys_file; add one, such as keys_file: keys.jsonl", f.Config)
	}
	return cfg, err
}

type keysCreateCommand struct {
	keysFile
	Name               string         `required:"" placeholder:"NAME" help:"What the log calls the client."`
	Role               []string       `placeholder:"ROLE" help:"A role of the configuration; may be repeated."`
	Scope              []string       `placeholder:"SCOPE" help:"A scope beside those of the roles; may be repeated."`
	Expires            lifetime       `placeholder:"90d" help:"How long the key lives: days (90d) or hours (12h); for ever when left out."`
	MaxOperationTokens int            `placeholder:"N" help:"Highest worst-case price of one operation."`
	ObjectsPerMinute   int            `placeholder:"N" help:"How many objects the client may look up or list in a minute."`
	Allowance          map[string]int `placeholder:"SYSTEM=N" help:"What the client may spend on each account of a system in a window; may be repeated."`
}

// Run makes the client.
func (c *keysCreateCommand) Run(s *streams) error {
	cfg, err := c.load(s.env)
	if err != nil {
		return err
	}
	client, err := c.client(cfg)
	if err != nil {
		return err
	}
	key, err := authn.NewKey(rand.Reader)
	if err != nil {
		return err
	}
	err = authn.EditFile(cfg.KeysFile, func(clients []authn.Client) ([]authn.Client, error) {
		return authn.Add(clients, client, key, now(), time.Duration(c.Expires))
	})
	if err != nil {
		return err
	}
	return s.show(key)
}

// client holds what was asked for against the configuration, so that serve will take it.
func (c *keysCreateCommand) client(cfg *config.Config) (authn.Client, error) {
	client := authn.Client{Name: c.Name, Roles: c.Role, Limits: access.Limits{OperationTokens: c.MaxOperationTokens, ObjectsPerMinute: c.ObjectsPerMinute}}
	switch {
	case strings.TrimSpace(c.Name) == "" || strings.ContainsFunc(c.Name, func(r rune) bool { return r < ' ' }):
		return client, errors.New("--name is empty, or holds what no log can show")
	case len(c.Role)+len(c.Scope) == 0:
		return client, errors.New("a client without --role and --scope may see nothing; give it one")
	case slices.ContainsFunc(cfg.APIKeys, func(k config.APIKey) bool { return k.Name == c.Name }):
		return client, fmt.Errorf("%q is a client of api_keys in the configuration already", c.Name)
	case c.MaxOperationTokens < 0 || c.ObjectsPerMinute < 0:
		return client, errors.New("a limit must not be negative")
	}
	for _, scope := range c.Scope {
		if !slices.Contains(access.Scopes, access.Scope(scope)) {
			return client, fmt.Errorf("there is no scope %q; manifold config schema tells those that there are", scope)
		}
		client.Scopes = append(client.Scopes, access.Scope(scope))
	}
	for name, n := range c.Allowance {
		systems := []person.System{person.Pipedrive, person.Pipefy, person.Pipedream}
		i := slices.IndexFunc(systems, func(s person.System) bool { return s.String() == name })
		if i < 0 || n <= 0 {
			return client, errors.New("--allowance is a system and what it may spend, such as pipedrive=5000")
		}
		if client.Allowance == nil {
			client.Allowance = authn.Allowance{}
		}
		client.Allowance[systems[i]] = n
	}
	_, _, err := app.Grants(cfg).Grant(c.Name, client.Roles, authn.Role{Role: access.Role{Scopes: client.Scopes}})
	return client, err
}

type keysRotateCommand struct {
	keysFile
	Name    string    `arg:"" help:"The client."`
	Overlap lifetime  `default:"24h" help:"How long the old key goes on; 0h ends it now."`
	Expires *lifetime `placeholder:"90d" help:"How long the new key lives; as long as the old one was to when left out."`
}

// Run gives the client another key.
func (c *keysRotateCommand) Run(s *streams) error {
	cfg, err := c.load(s.env)
	if err != nil {
		return err
	}
	key, err := authn.NewKey(rand.Reader)
	if err != nil {
		return err
	}
	err = authn.EditFile(cfg.KeysFile, func(clients []authn.Client) ([]authn.Client, error) {
		return authn.Rotate(clients, c.Name, key, now(), time.Duration(c.Overlap), (*time.Duration)(c.Expires))
	})
	if err != nil {
		return err
	}
	return s.show(key)
}

type keysRevokeCommand struct {
	keysFile
	Name string `arg:"" help:"The client."`
}

// Run takes the client out.
func (c *keysRevokeCommand) Run(s *streams) error {
	cfg, err := c.load(s.env)
	if err != nil {
		return err
	}
	err = authn.EditFile(cfg.KeysFile, func(clients []authn.Client) ([]authn.Client, error) { return authn.Revoke(clients, c.Name) })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s may ask no more; serve notices within seconds.\n", c.Name)
	return err
}

type keysListCommand struct{ keysFile }

// Run shows everything but digests, which help nobody.
func (c *keysListCommand) Run(s *streams) error {
	cfg, err := c.load(s.env)
	if err != nil {
		return err
	}
	clients, err := authn.ReadFile(cfg.KeysFile)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "NAME\tROLES\tSCOPES\tKEY MADE\tENDS")
	for _, client := range clients {
		scopes := make([]string, len(client.Scopes))
		for i, scope := range client.Scopes {
			scopes[i] = string(scope)
		}
		for _, secret := range client.Secrets {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", client.Name, orDash(strings.Join(client.Roles, ",")), orDash(strings.Join(scopes, ",")),
				secret.Created.Format(time.RFC3339), end(secret, now()))
		}
	}
	return out.Flush()
}

func end(s authn.Secret, now time.Time) string {
	switch {
	case s.Expires.IsZero():
		return "never"
	case !now.Before(s.Expires):
		return s.Expires.Format(time.RFC3339) + " (over)"
	}
	return s.Expires.Format(time.RFC3339)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// show prints a key alone on standard output, so that it can be piped to where it is kept.
func (s *streams) show(key string) error {
	if _, err := fmt.Fprintln(s.out, key); err != nil {
		return err
	}
	_, err := fmt.Fprintln(s.errors, "This is the only time that the key is shown. serve takes it within seconds.")
	return err
}

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// lifetime is a duration that also knows days.
type lifetime time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *lifetime) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 36500 {
			*l = lifetime(time.Duration(n) * 24 * time.Hour)
			return nil
		}
	} else if d, err := time.ParseDuration(string(text)); err == nil && d >= 0 {
		*l = lifetime(d)
		return nil
	}
	return errors.New("write it like 90d or 12h")
}
