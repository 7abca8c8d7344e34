package app

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim"
)

// WorldConfig is the configuration that serves a pretend world: its addresses and
// credentials, and the linking that its operator would write.
func WorldConfig(w *sim.Running) []byte {
	var out bytes.Buffer
	// The template and its data are both ours, so executing it cannot fail.
	if err := worldTemplate.Execute(&out, map[string]any{
		"w": w, "c": w.World.Credentials, "l": w.World.Linking(), "domains": domains(w.World.Linking()),
	}); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// A double-quoted YAML scalar takes Go's escapes for everything that worlds hold.
var worldTemplate = template.Must(template.New("config").Funcs(template.FuncMap{"q": strconv.Quote, "source": sourceOf}).Parse(`# A pretend world. Its secrets open nothing real.
node_key: "a pretend world's node key, for pretend ids"

# Whoever can reach this machine's loopback may read and change everything: fine for a pretend world, and for no other.
insecure_no_authentication: true

sources:
{{- range .c.Pipedrive}}
  - id: pipedrive-{{.CompanyID}}
    system: pipedrive
    base_url: {{q $.w.Pipedrive.URL}}
    company_id: {{.CompanyID}}
    token: {{q .Token}}
{{- end}}
{{- range .c.Pipefy}}
  - id: pipefy-{{.OrganizationID}}
    system: pipefy
    base_url: {{q $.w.Pipefy.URL}}
    organization_id: {{.OrganizationID}}
    client_id: {{q .ClientID}}
    client_secret: {{q .ClientSecret}}
{{- end}}
{{- range .c.PipedreamEnvironments}}
  - id: pipedream-{{.}}
    system: pipedream
    base_url: {{q $.w.Pipedream.URL}}
    project_id: {{q $.c.PipedreamProjectID}}
    environment: {{.}}
    client_id: {{q $.c.PipedreamClientID}}
    client_secret: {{q $.c.PipedreamClientSecret}}
{{- end}}

linking:
  domains:
{{- range .domains}}
    - {domain: {{q .Name}}, plus_tags: {{.PlusTags}}, ignore_dots: {{.IgnoreDots}}}
{{- end}}
  shared_mailboxes: [{{range $i, $m := .l.SharedLocals}}{{if $i}}, {{end}}{{q $m}}{{end}}]
  external_ids:
{{- range .l.Templates}}
    - template: {{q .}}
{{- end}}
  trusted_account_apps: [{{range $i, $a := .l.TrustedApps}}{{if $i}}, {{end}}{{q $a}}{{end}}]
  kinds:
{{- range .l.BotPatterns}}
    - {kind: bot, field: external_id, pattern: {{q .}}}
    - {kind: bot, field: email, pattern: {{q .}}}
{{- end}}
{{- range .l.OrganizationPatterns}}
    - {kind: organization, field: external_id, pattern: {{q .}}}
{{- end}}
  mapping:
{{- range .l.Mapping}}
    - accounts: [{source: {{source .A}}, id: {{q .A.ID}}}, {source: {{source .B}}, id: {{q .B.ID}}}]
{{- end}}
`))

// sourceOf is the source under which the configuration above knows an account.
func sourceOf(k person.Key) string {
	account := k.Account
	if k.System == person.Pipedream {
		_, account, _ = strings.Cut(account, "/")
	}
	return k.System.String() + "-" + account
}

type domain struct {
	Name                 string
	PlusTags, IgnoreDots bool
}

func domains(l sim.Linking) []domain {
	var out []domain
	for _, name := range l.PlusTagDomains {
		out = append(out, domain{name, true, slices.Contains(l.DotDomains, name)})
	}
	for _, name := range l.DotDomains {
		if !slices.Contains(l.PlusTagDomains, name) {
			out = append(out, domain{name, false, true})
		}
	}
	return out
}
