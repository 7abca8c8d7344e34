package config

import (
	"context"
	"path/filepath"
	"reflect"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/manifold-graph/manifold/upstream/secret"
)

// Origin is where a secret comes from when it is not written out: one of File, Command and Env.
type Origin struct {
	File    string        `yaml:"file" jsonschema_description:"A file whose content is the secret, without one newline at its end; relative to the configuration file. It is read again every 10s, or as every says."`
	Command []string      `yaml:"command" jsonschema_description:"A command and its arguments, run without a shell in the configuration file's directory, which writes the secret to its standard output within 10s. It is run again every 5m, or as every says."`
	Env     string        `yaml:"env" jsonschema_description:"A variable of the environment, read once."`
	Every   time.Duration `yaml:"every" jsonschema_description:"How often the file or command is read again, from 1s to 24h."`

	dir string
}

const (
	fileEvery    = 10 * time.Second
	commandEvery = 5 * time.Minute
)

// Reader reads the secret anew; nil if it never changes.
func (o *Origin) Reader() secret.Reader {
	switch {
	case o == nil || o.Env != "":
		return nil
	case o.File != "":
		return secret.File(o.File)
	}
	return secret.Command(o.dir, o.Command, 0)
}

// folder is where the configuration file is.
type folder struct{ dir string }

// originOf is the field for the origin of a secret's field, if the file gives one instead of the secret. It is the zero Value
// where a secret is read at the start alone.
func originOf(in reflect.Value, index int, written ast.Node) (reflect.Value, bool) {
	if in.Field(index).Type() != secretType || !isGroup(written) {
		return reflect.Value{}, false
	}
	if name, kept := in.Type().Field(index).Tag.Lookup("origin"); kept {
		return in.FieldByName(name), true
	}
	return reflect.Value{}, true
}

var secretType = reflect.TypeFor[Secret]()

func isGroup(n ast.Node) bool {
	_, group := n.(*ast.MappingNode)
	return group
}

// bindOrigin reads where a secret comes from, and the secret from there: what cannot be read is told before anything is served.
func (b *binder) bindOrigin(n ast.Node, value, origin reflect.Value, path string) {
	before := len(b.problems.List)
	o := &Origin{}
	b.bind(n, reflect.ValueOf(o).Elem(), path)
	if len(b.problems.List) > before {
		return
	}
	ways := 0
	for _, given := range []bool{o.File != "", len(o.Command) > 0, o.Env != ""} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		b.fail(n, path, "give one of file, command and env")
		return
	case o.Env != "" && o.Every != 0:
		b.fail(n, path+".every", "does not apply to env, which is read once")
		return
	case o.Every != 0 && !origin.IsValid():
		b.fail(n, path+".every", "does not apply here: this secret is read at the start alone")
		return
	case o.Every != 0 && (o.Every < time.Second || o.Every > 24*time.Hour):
		b.fail(n, path+".every", "must be from 1s to 24h")
		return
	case len(o.Command) > 0 && o.Command[0] == "":
		b.fail(n, path+".command", "names no command")
		return
	case o.Env != "":
		text, ok := b.env(o.Env)
		if !ok || text == "" {
			b.fail(n, path+".env", "the environment has no variable %s, or an empty one", o.Env)
			return
		}
		value.SetString(text)
	case b.files == nil:
		b.fail(n, path, "only a configuration that is a file may name a secret's file or command")
		return
	default:
		b.readOrigin(n, o, value, path)
	}
	if origin.IsValid() {
		origin.Set(reflect.ValueOf(o))
	}
}

func (b *binder) readOrigin(n ast.Node, o *Origin, value reflect.Value, path string) {
	o.dir = b.files.dir
	every := fileEvery
	if o.File != "" && !filepath.IsAbs(o.File) {
		o.File = filepath.Join(o.dir, o.File)
	}
	if len(o.Command) > 0 {
		every = commandEvery
	}
	if o.Every == 0 {
		o.Every = every
	}
	text, err := o.Reader()(context.Background())
	if err != nil {
		b.fail(n, path, "%v", err)
		return
	}
	value.SetString(text)
}
