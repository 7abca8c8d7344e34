package authn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/person"
)

// largestFile bounds a file of keys; 100,000 clients take a third of it.
const largestFile = 64 << 20

// line is one client in the file: one JSON object a line, so that a difference of two files is one of clients.
type line struct {
	Name             string         `json:"name"`
	Roles            []string       `json:"roles,omitempty"`
	Scopes           []access.Scope `json:"scopes,omitempty"`
	MaxOperation     int            `json:"max_operation_tokens,omitempty"`
	ObjectsPerMinute int            `json:"objects_per_minute,omitempty"`
	Allowance        map[string]int `json:"allowance,omitempty"`
	Created          time.Time      `json:"created,omitzero"`
	Secrets          []Secret       `json:"secrets"`
}

// ParseFile reads the text of a file of keys. Its errors name lines and quote nothing.
func ParseFile(data []byte) ([]Client, error) {
	var clients []Client
	n := 0
	for raw := range bytes.Lines(data) {
		n++
		if raw = bytes.TrimSpace(raw); len(raw) == 0 {
			continue
		}
		var l line
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil || d.Decode(&struct{}{}) != io.EOF {
			return nil, fmt.Errorf("line %d is not one client as manifold keys writes it", n)
		}
		c, err := l.client()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if slices.ContainsFunc(clients, func(other Client) bool { return other.Name == c.Name }) {
			return nil, fmt.Errorf("line %d: the name of this client is taken by another one", n)
		}
		clients = append(clients, c)
	}
	return clients, nil
}

func (l line) client() (Client, error) {
	c := Client{Name: l.Name, Roles: l.Roles, Scopes: l.Scopes, Created: l.Created, Secrets: l.Secrets,
		Limits: access.Limits{OperationTokens: l.MaxOperation, ObjectsPerMinute: l.ObjectsPerMinute}}
	if l.Name == "" || len(l.Roles)+len(l.Scopes) == 0 {
		return c, errors.New("a client needs a name, and a role or a scope")
	}
	if slices.ContainsFunc(l.Scopes, func(s access.Scope) bool { return !slices.Contains(access.Scopes, s) }) {
		return c, errors.New("a scope is none that there is")
	}
	if l.MaxOperation < 0 || l.ObjectsPerMinute < 0 {
		return c, errors.New("a limit is negative")
	}
	for _, s := range l.Secrets {
		if s.Digest == (Digest{}) {
			return c, errors.New("a key has no digest")
		}
	}
	for name, n := range l.Allowance {
		i := slices.IndexFunc(systems, func(s person.System) bool { return s.String() == name })
		if i < 0 || n < 0 {
			return c, errors.New("an allowance is negative, or of no system that there is")
		}
		if c.Allowance == nil {
			c.Allowance = Allowance{}
		}
		c.Allowance[systems[i]] = n
	}
	return c, nil
}

var systems = []person.System{person.Pipedrive, person.Pipefy, person.Pipedream}

func formatFile(clients []Client) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	for _, c := range clients {
		l := line{Name: c.Name, Roles: c.Roles, Scopes: c.Scopes, MaxOperation: c.Limits.OperationTokens,
			ObjectsPerMinute: c.Limits.ObjectsPerMinute, Created: c.Created, Secrets: c.Secrets}
		for system, n := range c.Allowance {
			if l.Allowance == nil {
				l.Allowance = map[string]int{}
			}
			l.Allowance[system.String()] = n
		}
		if err := e.Encode(l); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// ReadFile reads a file of keys; nobody is in one that is not there.
func ReadFile(path string) ([]Client, error) {
	data, err := load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	clients, err := ParseFile(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return clients, nil
}

func load(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, largestFile+1))
	if err == nil && len(data) > largestFile {
		err = fmt.Errorf("%s: larger than %d bytes", path, largestFile)
	}
	return data, err
}

// EditFile changes a file of keys, one change at a time. Whoever reads meanwhile sees it whole, before or after.
func EditFile(path string, change func([]Client) ([]Client, error)) error {
	unlock, err := lockedfile.MutexAt(path + ".lock").Lock()
	if err != nil {
		return fmt.Errorf("lock the keys file: %w", err)
	}
	defer unlock()
	clients, err := ReadFile(path)
	if err != nil {
		return err
	}
	if clients, err = change(clients); err != nil {
		return err
	}
	data, err := formatFile(clients)
	if err != nil {
		return err
	}
	return replace(path, data)
}

func replace(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
