package link

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/manifold-graph/manifold/graph/person"
)

// kindRule is a compiled KindRule.
type kindRule struct {
	kind person.Kind
	on   Field
	glob string
	re   *regexp.Regexp
}

func (k *kindRule) matches(id *person.Identity) bool {
	var text string
	switch k.on {
	case FieldEmail:
		text = id.Email
	case FieldExternalID:
		if id.Key.System == person.Pipedream {
			text = id.Key.ID
		}
	case FieldName:
		text = id.Name
	}
	if text == "" {
		return false
	}
	if k.re != nil {
		return k.re.MatchString(text)
	}
	return globMatch(k.glob, text)
}

// kindOf says what stands behind an identity: the operator's patterns first, then
// the source's own word, then what an address or id looks like. Spoken tells that
// an id rule read the external user id, so that it is no constant.
func (l *Linker) kindOf(id *person.Identity, email string, spoken bool) person.Kind {
	for i := range l.kinds {
		if l.kinds[i].matches(id) {
			return l.kinds[i].kind
		}
	}
	if id.Kind != person.KindUnknown {
		return id.Kind
	}
	if email != "" && robot(email) {
		return person.KindBot
	}
	if id.Key.System == person.Pipedream {
		if !spoken && group(id.Key.ID) {
			return person.KindOrganization
		}
		return person.KindUnknown
	}
	if id.State == person.StateErased {
		return person.KindUnknown
	}
	return person.KindHuman
}

// robot tells whether an address names software.
func robot(email string) bool {
	local, _, _ := strings.Cut(email, "@")
	switch local {
	case "bot", "api", "automation", "integration", "integrations", "robot", "service-account", "noreply", "no-reply":
		return true
	}
	return strings.HasSuffix(local, "-bot") || strings.HasSuffix(local, ".bot") || strings.HasSuffix(local, "_bot")
}

var constants = map[string]bool{
	"anonymous": true, "company": true, "default": true, "demo": true, "dev": true, "development": true, "everyone": true,
	"global": true, "main": true, "organization": true, "prod": true, "production": true, "public": true,
	"root": true, "service": true, "shared": true, "staging": true, "system": true, "team": true,
	"tenant": true, "test": true, "workspace": true,
}

// group tells whether an external user id names a group of people or is one
// constant for all of them.
func group(id string) bool {
	end := strings.IndexFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end < 0 {
		return len(id) <= 16 && constants[strings.ToLower(id)]
	}
	switch strings.ToLower(id[:end]) {
	case "org", "organization", "organisation", "workspace", "company", "tenant", "team", "shared":
		return strings.IndexByte(id, '@') < 0
	}
	return false
}

// globMatch matches the whole of s, ASCII case apart, in time linear in s for each *.
func globMatch(glob, s string) bool {
	star, mark, g, i := -1, 0, 0, 0
	for i < len(s) {
		switch {
		case g < len(glob) && glob[g] == '*':
			star, mark = g, i
			g++
		case g < len(glob) && glob[g] == '?':
			_, width := utf8.DecodeRuneInString(s[i:])
			i += width
			g++
		case g < len(glob) && lower(glob[g]) == lower(s[i]):
			g++
			i++
		case star >= 0:
			mark++
			g, i = star+1, mark
		default:
			return false
		}
	}
	for g < len(glob) && glob[g] == '*' {
		g++
	}
	return g == len(glob)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
