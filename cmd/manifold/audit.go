package main

import (
	"bufio"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/app"
	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/store"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Find what was altered, removed, reordered or cut off."`
	Export auditExportCommand `cmd:"" help:"Write the audit log as one JSON object per line."`
	Erase  auditEraseCommand  `cmd:"" help:"Erase personal values that lie beside the audit log; the log still verifies."`
}

// opened is a store that a command works on, with what opens ids.
type opened struct {
	*store.Store
	ids *nodeid.Codec
}

func (f storeFile) open(s *streams) (*opened, error) {
	cfg, err := f.load(s.env)
	if err != nil {
		return nil, err
	}
	newest, previous := cfg.NodeSecrets()
	ids, err := nodeid.New(newest, previous...)
	if err != nil {
		return nil, err
	}
	kept, _, err := app.OpenStore(s.ctx, cfg, server.NewLogger(s.errors, "warn", "text"))
	if err != nil {
		return nil, err
	}
	return &opened{kept, ids}, nil
}

type auditVerifyCommand struct {
	storeFile
	Head []string `placeholder:"SEQ:MAC" help:"A head that the process's log has, which shows whether later entries were cut off; may be repeated."`
}

// Run verifies the log.
func (c *auditVerifyCommand) Run(s *streams) error {
	var witnesses []audit.Head
	for _, text := range c.Head {
		h, err := audit.ParseHead(text)
		if err != nil {
			return fmt.Errorf("--head %s: %w", text, err)
		}
		witnesses = append(witnesses, h)
	}
	o, err := c.open(s)
	if err != nil {
		return err
	}
	report, err := o.Verify(s.ctx, witnesses...)
	if err := errors.Join(err, o.Close()); err != nil {
		return err
	}
	for _, p := range report.Problems {
		fmt.Fprintln(s.out, p.Message)
	}
	if report.More > 0 {
		fmt.Fprintf(s.out, "and %d more\n", report.More)
	}
	if len(report.Problems) > 0 {
		return errors.New("the audit log is not as it was written")
	}
	_, err = fmt.Fprintf(s.out, "The audit log is as it was written: %d entries, %d personal values erased.\nhead %s\n", report.Entries, report.Erased, report.Head)
	return err
}

type auditExportCommand struct{ storeFile }

// Run writes the log.
func (c *auditExportCommand) Run(s *streams) error {
	o, err := c.open(s)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(s.out)
	_, err = o.AuditEach(s.ctx, func(r audit.Row) error {
		line, err := app.AuditLine(r, o.ids)
		if err != nil {
			return err
		}
		_, err = out.Write(append(line, '\n'))
		return err
	})
	return errors.Join(err, out.Flush(), o.Close())
}

type auditEraseCommand struct {
	storeFile
	Of       []string `placeholder:"ID" help:"A person's or an account's id of the graph; of a person, their accounts of now are meant too; may be repeated."`
	Identity []string `placeholder:"SYSTEM/ACCOUNT/ID" help:"An account by its vendor's words, such as pipefy/300123/42 or pipedream/proj_a1/production/anna; may be repeated."`
	Before   string   `placeholder:"DATE" help:"Everybody's from before a day, such as 2026-01-31."`
}

// Run erases.
func (c *auditEraseCommand) Run(s *streams) error {
	e := store.Erasure{Why: "request", Actor: audit.Actor{Principal: "cli:" + whoRuns(), Client: "manifold audit erase"}}
	if c.Before != "" {
		day, err := time.Parse(time.DateOnly, c.Before)
		if err != nil {
			return errors.New("--before is a day, written like 2026-01-31")
		}
		e.Before = day
	}
	for _, text := range c.Identity {
		k, ok := parseIdentity(text)
		if !ok {
			return fmt.Errorf("--identity %q is not an account; write it like pipefy/300123/42, pipedrive/77/12 or pipedream/proj_a1/production/anna", text)
		}
		e.Identities = append(e.Identities, k)
	}
	if len(c.Of)+len(c.Identity) == 0 && c.Before == "" {
		return errors.New("say whose values are to be erased: --of, --identity or --before")
	}
	o, err := c.open(s)
	if err != nil {
		return err
	}
	defer o.Close()
	for _, text := range c.Of {
		id, err := o.ids.Decode(text)
		if err != nil {
			return fmt.Errorf("--of %s: this is not an id of this Manifold's graph", text)
		}
		who, isPerson := id.Person()
		key, isIdentity := id.Identity()
		switch {
		case isPerson:
			e.People = append(e.People, who)
		case isIdentity:
			e.Identities = append(e.Identities, key)
		default:
			return fmt.Errorf("--of %s: this is the id of a %s; give a person's or an account's", text, id.Kind())
		}
	}
	n, err := o.Erase(s.ctx, e)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%d personal values were erased. Backups from before still hold them.\n", n)
	return err
}

// whoRuns is the operator as the machine knows them.
func whoRuns() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}

// parseIdentity reads SYSTEM/ACCOUNT/ID. A Pipedream account is PROJECT/ENVIRONMENT, and an id may hold slashes.
func parseIdentity(text string) (person.Key, bool) {
	name, rest, _ := strings.Cut(text, "/")
	for _, system := range person.Systems {
		if system.String() != name {
			continue
		}
		account, id, ok := strings.Cut(rest, "/")
		if system == person.Pipedream && ok {
			var environment string
			environment, id, ok = strings.Cut(id, "/")
			account += "/" + environment
		}
		return person.Key{System: system, Account: account, ID: id}, ok && account != "" && id != ""
	}
	return person.Key{}, false
}
