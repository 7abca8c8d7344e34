package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxBytes bounds a file, for what is larger was not written as one.
const maxBytes = 16 << 20

// Load reads the file, and the mapping file that it names. A wrong file is a *Problems.
func Load(path string, env Lookup) (*Config, error) {
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	c, problems := parse(path, data, env, &folder{filepath.Dir(path)})
	if file := c.Linking.MappingFile; file != "" {
		c.addMapping(filepath.Join(filepath.Dir(path), file), filepath.IsAbs(file), env, problems)
	}
	if c.KeysFile != "" && !filepath.IsAbs(c.KeysFile) {
		c.KeysFile = filepath.Join(filepath.Dir(path), c.KeysFile)
	}
	c.completeStore(filepath.Dir(path))
	c.completeDocuments(filepath.Dir(path))
	return finish(c, problems)
}

// Parse reads a configuration that is already in memory; file is what problems call it. It cannot
// name a mapping file, nor a secret's file or command, for it does not know where to look. Its store is in memory unless
// it says where.
func Parse(file string, data []byte, env Lookup) (*Config, error) {
	c, problems := parse(file, data, env, nil)
	if c.Linking.MappingFile != "" {
		problems.add(c.places.nearest("linking.mapping_file"), "linking.mapping_file", "only a configuration that is a file may name another")
	}
	return finish(c, problems)
}

func parse(file string, data []byte, env Lookup, files *folder) (*Config, *Problems) {
	c, problems := Default(), &Problems{File: file}
	c.places = places{}
	decode(data, c, env, files, c.places, problems)
	return c, problems
}

func finish(c *Config, problems *Problems) (*Config, error) {
	for i := range c.Sources {
		c.Sources[i].complete()
	}
	c.validate(problems)
	if err := problems.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// decode puts YAML into a struct or slice.
func decode(data []byte, into any, env Lookup, files *folder, at places, problems *Problems) {
	if len(data) > maxBytes {
		problems.add(place{}, "", "larger than %d bytes", maxBytes)
		return
	}
	file, err := parser.ParseBytes(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), 0)
	if err != nil {
		where := place{}
		message := "not YAML"
		// The whole error would quote the file around the mistake, secrets and all.
		if e, ok := errors.AsType[yaml.Error](err); ok {
			if tk := e.GetToken(); tk != nil && tk.Position != nil {
				where = place{tk.Position.Line, tk.Position.Column}
			}
			message = "not YAML from here on; look at the indentation, colons and quotes of this line and the one before"
		}
		problems.add(where, "", "%s", message)
		return
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			problems.add(placeOf(doc.Body), "", "a second document; one file holds one configuration")
			return
		}
		body = doc.Body
	}
	if body == nil {
		return
	}
	b := binder{env: env, files: files, places: at, problems: problems}
	b.bind(body, reflect.ValueOf(into).Elem(), "")
}

// addMapping appends the mappings of their own file; problems there carry that file's name in their message.
func (c *Config) addMapping(path string, absolute bool, env Lookup, problems *Problems) {
	at := c.places.nearest("linking.mapping_file")
	if absolute {
		path = c.Linking.MappingFile
	}
	data, err := read(path)
	if err != nil {
		problems.add(at, "linking.mapping_file", "%v", err)
		return
	}
	theirs, list := &Problems{File: path}, []Mapping(nil)
	decode(data, &list, env, nil, places{}, theirs)
	if err := theirs.err(); err != nil {
		problems.add(at, "linking.mapping_file", "%v", err)
		return
	}
	c.Linking.Mapping = append(c.Linking.Mapping, list...)
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, err
	}
	return data, nil
}
