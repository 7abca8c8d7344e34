package app_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifold-graph/manifold/upstream/sim"
)

// The README shows a real query with its real answer: the demo's world gives it,
// but for the times.
func TestReadmeShowsARealAnswer(t *testing.T) {
	readme, err := os.ReadFile("../../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	query, promised := fenced(t, string(readme), "graphql"), fenced(t, string(readme), "json")
	s := begin(t, setup{sim: sim.Options{World: sim.NewWorld(sim.WorldOptions{People: 250, Seed: 1})}})
	if diff := cmp.Diff(data(t, promised), data(t, s.ask(query).raw)); diff != "" {
		t.Errorf("the README promises (-) and the demo answers (+):\n%s", diff)
	}
}

func fenced(t *testing.T, text, language string) string {
	t.Helper()
	_, after, ok := strings.Cut(text, "```"+language+"\n")
	block, _, closed := strings.Cut(after, "```")
	if !ok || !closed {
		t.Fatalf("the README has no block of %s", language)
	}
	return block
}

var observed = regexp.MustCompile(`("observedAt": ?)"[^"]*"`)

func data(t *testing.T, answer string) any {
	t.Helper()
	var decoded struct{ Data any }
	if err := json.Unmarshal([]byte(observed.ReplaceAllString(answer, `$1"then"`)), &decoded); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	return decoded.Data
}
