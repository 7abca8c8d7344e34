package resolvers

import (
	"iter"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
)

const (
	// freeAge is the youngest that everybody may ask facts to be: what anybody may ask for as often as they like must
	// not drain a budget.
	freeAge = time.Minute
	// leastAge is the youngest for those who have access.ScopeCacheBypass. no-cache means that.
	leastAge = 10 * time.Second
)

// word is what a caller's Cache-Control says (RFC 9111, 5.2.1), before anybody judged it. Nil: nothing.
type word struct {
	maxAge, maxStale      *time.Duration
	noCache, onlyIfCached bool
}

// readWord reads the lines of a Cache-Control header. What it does not know it passes over, as HTTP wants; of a
// directive that is said several times the strictest counts; a span that is no number is BadUserInput, for nobody knows
// what was meant.
func readWord(lines []string) (word, error) {
	var w word
	for _, line := range lines {
		for name, value := range directives(line) {
			var err error
			switch name {
			case "max-age":
				err = narrow(&w.maxAge, name, value)
			case "max-stale":
				if value == "" { // any age: as if nothing were said
					continue
				}
				err = narrow(&w.maxStale, name, value)
			case "no-cache", "no-store":
				w.noCache = true
			case "only-if-cached":
				w.onlyIfCached = true
			}
			if err != nil {
				return word{}, err
			}
		}
	}
	return w, nil
}

// narrow lowers to to a span in whole seconds. RFC 9111, 1.2.2: what is too large is 2^31.
func narrow(to **time.Duration, name, value string) error {
	seconds, err := strconv.ParseUint(value, 10, 64)
	if err != nil && value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err = math.MaxUint64, nil
	}
	if err != nil {
		return fault.New(fault.BadUserInput, "Cache-Control: %s takes a whole number of seconds, as in %s=60.", name, name)
	}
	span := time.Duration(min(seconds, 1<<31)) * time.Second
	if *to == nil || span < **to {
		*to = &span
	}
	return nil
}

// directives yields name and value of each directive of one line; the value is "" where there is none.
func directives(line string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for line != "" {
			var item string
			item, line = cutItem(line)
			name, value, _ := strings.Cut(item, "=")
			name = strings.ToLower(strings.TrimSpace(name))
			if name != "" && !yield(name, unquoted(strings.TrimSpace(value))) {
				return
			}
		}
	}
}

// cutItem splits at the first comma that is not inside a quoted string.
func cutItem(line string) (item, rest string) {
	inside := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			inside = !inside
		case inside && c == '\\':
			i++
		case c == ',' && !inside:
			return line[:i], line[i+1:]
		}
	}
	return line, ""
}

// unquoted is the text of a quoted string, or of a token as it stands.
func unquoted(value string) string {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return value
	}
	var text strings.Builder
	for i := 1; i < len(value)-1; i++ {
		if value[i] == '\\' && i+1 < len(value)-1 {
			i++
		}
		text.WriteByte(value[i])
	}
	return text.String()
}

// wanted is what of a word counts for who. A *fault.Error says what does not. That is a warning, not a refusal: browsers send
// no-cache by themselves when a page is reloaded, and neither break for it nor pay for it.
func (w word) wanted(who access.Principal) (people.Wanted, *fault.Error) {
	wanted := people.Wanted{MaxAge: w.maxAge, MaxStale: w.maxStale, OnlyIfCached: w.onlyIfCached}
	switch {
	case w.onlyIfCached: // who spends nothing may ask for any age
		if w.noCache {
			wanted.MaxAge = new(time.Duration(0))
		}
	case who.Has(access.ScopeCacheBypass):
		if w.noCache {
			wanted.MaxAge = new(leastAge)
		} else if w.maxAge != nil {
			wanted.MaxAge = new(max(*w.maxAge, leastAge))
		}
	case w.maxAge != nil && *w.maxAge < freeAge:
		wanted.MaxAge = new(freeAge)
		return wanted, fault.New(fault.Forbidden, "max-age under %d needs the scope %s. The answer is as for max-age=%[1]d.", seconds(freeAge), access.ScopeCacheBypass)
	case w.noCache:
		return wanted, fault.New(fault.Forbidden, "no-cache needs the scope %[2]s and was passed over. max-age=%[1]d needs none.", seconds(freeAge), access.ScopeCacheBypass)
	}
	return wanted, nil
}

func seconds(d time.Duration) int { return int(d / time.Second) }
