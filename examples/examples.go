// Package examples holds the queries that the page opens with, one per question that people bring.
package examples

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed *.graphql
var files embed.FS

// Example is one query and what it answers.
type Example struct {
	// Name is the file's name without its ending.
	Name string `json:"name"`
	// Title is the query's first comment: who asks, and what for.
	Title string `json:"title"`
	Query string `json:"query"`
}

// All gives the examples in the order of their names.
func All() []Example {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Errorf("examples: %w", err)) // they are part of the binary
	}
	all := make([]Example, 0, len(entries))
	for _, entry := range entries {
		text, err := files.ReadFile(entry.Name())
		if err != nil {
			panic(fmt.Errorf("examples: %w", err))
		}
		title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		all = append(all, Example{Name: strings.TrimSuffix(entry.Name(), ".graphql"), Title: title, Query: string(text)})
	}
	return all
}
