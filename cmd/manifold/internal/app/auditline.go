package app

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/nodeid"
	"github.com/manifold-graph/manifold/graph/person"
)

// auditLine is an entry of the audit log as it is exported.
type auditLine struct {
	Seq          int64          `json:"seq"`
	At           time.Time      `json:"at"`
	Phase        string         `json:"phase"`
	Act          string         `json:"act"`
	Principal    string         `json:"principal"`
	Client       string         `json:"client,omitempty"`
	Person       string         `json:"person,omitempty"` // an id of the graph
	Source       string         `json:"source,omitempty"`
	Place        *auditPlace    `json:"place,omitempty"`
	Identities   []auditAccount `json:"identities,omitempty"`
	Action       string         `json:"action,omitempty"`
	Step         string         `json:"step,omitempty"`
	Request      string         `json:"request,omitempty"`
	Correlations []string       `json:"correlations,omitempty"`
	Costs        []auditCost    `json:"costs,omitempty"`
	Result       string         `json:"result,omitempty"`
	Code         string         `json:"code,omitempty"`
	// Values holds what is personal by its name; null where it was erased.
	Values map[string]*string `json:"values,omitempty"`
	MAC    string             `json:"mac"`
}

type auditPlace struct {
	System  string `json:"system"`
	Account string `json:"account"`
	ID      string `json:"id"`
}

type auditAccount struct {
	System  string `json:"system"`
	Account string `json:"account"`
	ID      string `json:"id,omitempty"`
	Erased  bool   `json:"erased,omitempty"`
}

type auditCost struct {
	Source string `json:"source"`
	Calls  int    `json:"calls"`
	Tokens int    `json:"tokens"`
}

// AuditLine is an entry as one line of JSON, without the newline.
func AuditLine(r audit.Row, ids *nodeid.Codec) ([]byte, error) {
	line := auditLine{
		Seq: r.Seq, At: r.At, Phase: r.Phase.String(), Act: r.Act, Principal: r.Actor.Principal, Client: r.Actor.Client, Source: string(r.Source),
		Action: r.Action, Step: r.Step, Request: r.Request, Correlations: r.Correlations, Result: r.Result.String(), Code: r.Code, MAC: r.MAC.String(),
	}
	if r.Person != (person.ID{}) {
		line.Person = ids.Person(r.Person)
	}
	if p := r.Place; p != (person.ResourceKey{}) {
		line.Place = &auditPlace{p.System.String(), p.Account, p.ID}
	}
	for i, k := range r.Identities() {
		line.Identities = append(line.Identities, auditAccount{k.System.String(), k.Account, strings.ToValidUTF8(k.ID, "\ufffd"), r.IDs[i].Erased})
	}
	for _, c := range r.Costs {
		line.Costs = append(line.Costs, auditCost{string(c.Source), c.Calls, c.Tokens})
	}
	for i, v := range r.Values {
		if line.Values == nil {
			line.Values = map[string]*string{}
		}
		line.Values[v.Name] = nil
		if kept := r.Texts[i]; !kept.Erased {
			line.Values[v.Name] = &kept.Text
		}
	}
	return json.Marshal(line)
}
