// Package persisted knows documents by their ids: trusted ones from manifests that a client's build writes, and those
// that clients have registered by sending them once.
package persisted

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// largestManifest bounds a file, in bytes; ten thousand documents of a screen take a third of it.
const largestManifest = 64 << 20

// Document is one trusted document.
type Document struct {
	// ID is what clients send in its place: any text, mostly a digest.
	ID string
	// Name and Type ("query", "mutation", "subscription") are the operation's as the manifest has them; "" where it has none.
	Name, Type string
	// Body is the GraphQL text.
	Body string
	// File is the manifest that it is from.
	File string
}

// apollo is the format of Apollo's tools.
type apollo struct {
	Format     string `json:"format"`
	Version    int    `json:"version"`
	Operations []struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Type string `json:"type"`
		Body string `json:"body"`
	} `json:"operations"`
}

const apolloFormat = "apollo-persisted-query-manifest"

// ParseManifest reads Apollo's format, or an object of ids and texts as Relay's compiler and GraphQL Code Generator write it.
// Documents come in the order of the file, or of their ids. Its errors name what is wrong and quote no document.
func ParseManifest(file string, data []byte) ([]Document, error) {
	var documents []Document
	var head struct {
		Format     json.RawMessage `json:"format"`
		Operations json.RawMessage `json:"operations"`
	}
	if err := json.Unmarshal(data, &head); err != nil || !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		return nil, errors.New("is not a JSON object of documents")
	}
	var format string
	if json.Unmarshal(head.Format, &format) == nil && format == apolloFormat || bytes.HasPrefix(head.Operations, []byte("[")) {
		var m apollo
		if err := json.Unmarshal(data, &m); err != nil || m.Format != apolloFormat || m.Version != 1 {
			return nil, errors.New("is not version 1 of the format " + apolloFormat)
		}
		for _, o := range m.Operations {
			documents = append(documents, Document{ID: o.ID, Name: o.Name, Type: o.Type, Body: o.Body, File: file})
		}
	} else {
		d := json.NewDecoder(bytes.NewReader(data))
		_, _ = d.Token() // the brace
		for d.More() {
			id, err := d.Token()
			var body string
			if err != nil || d.Decode(&body) != nil {
				return nil, errors.New("is neither the format " + apolloFormat + " nor an object of ids and texts")
			}
			documents = append(documents, Document{ID: id.(string), Body: body, File: file})
		}
		slices.SortStableFunc(documents, func(a, b Document) int { return strings.Compare(a.ID, b.ID) })
	}
	for i, d := range documents {
		if d.ID == "" || strings.TrimSpace(d.Body) == "" {
			return nil, fmt.Errorf("has an operation without id or text, the %s", nth(i+1))
		}
	}
	return documents, nil
}

func nth(n int) string {
	switch {
	case n%10 == 1 && n%100 != 11:
		return fmt.Sprintf("%dst", n)
	case n%10 == 2 && n%100 != 12:
		return fmt.Sprintf("%dnd", n)
	case n%10 == 3 && n%100 != 13:
		return fmt.Sprintf("%drd", n)
	}
	return fmt.Sprintf("%dth", n)
}

// ReadManifests reads all files. One id for two texts is an error, within a file and between them.
func ReadManifests(files ...string) ([]Document, error) {
	var all []Document
	known := map[string]Document{}
	for _, file := range files {
		data, err := load(file)
		if err != nil {
			return nil, err
		}
		documents, err := ParseManifest(file, data)
		if err != nil {
			return nil, fmt.Errorf("%s %w", file, err)
		}
		for _, d := range documents {
			if other, taken := known[d.ID]; taken && other.Body != d.Body {
				return nil, fmt.Errorf("%s has another text for the id %.80q than %s", file, d.ID, other.File)
			}
			known[d.ID] = d
		}
		all = append(all, documents...)
	}
	return all, nil
}

func load(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, largestManifest+1))
	if err == nil && len(data) > largestManifest {
		err = fmt.Errorf("%s is larger than %d bytes", file, largestManifest)
	}
	return data, err
}

// Hash is the SHA-256 of a document's text, in lower-case hexadecimal.
func Hash(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}
