package store

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed queries/*.sql
var files embed.FS

// spelled reads all queries: each begins with "-- name: NAME", and its comments go.
func spelled(spell func(string) string) map[string]string {
	all := map[string]string{}
	names, err := fs.Glob(files, "queries/*.sql")
	if err != nil {
		panic(err)
	}
	for _, file := range names {
		text, err := files.ReadFile(file)
		if err != nil {
			panic(err)
		}
		for i, part := range strings.Split("\n"+string(text), "\n-- name: ") {
			name, body, _ := strings.Cut(part, "\n")
			if i == 0 {
				continue
			}
			var lines []string
			for line := range strings.Lines(body) {
				if !strings.HasPrefix(line, "--") {
					lines = append(lines, line)
				}
			}
			if _, twice := all[name]; twice {
				panic(fmt.Sprintf("store: two queries are named %s", name))
			}
			all[name] = spell(strings.TrimSpace(strings.Join(lines, "")))
		}
	}
	return all
}
