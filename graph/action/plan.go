package action

import (
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// Plan is what an act would do.
type Plan struct {
	Act Act
	// At is when it would begin; zero: at once.
	At    time.Time
	Steps []Step
	// Crossed are the links that lead from one identity of the steps to another; Cut those that were not trusted enough.
	Crossed, Cut []directory.Link
	// Costs are by source, in the order of the steps.
	Costs []Cost
}

// Cost is what a plan takes at one source when all goes well.
type Cost struct {
	Source person.SourceID
	Calls  int
	Tokens int
}

// Price is what one step takes. Declared here, for whoever calls knows the prices.
type Price func(Step) (calls, tokens int)

func (p *Plan) price(of Price) {
	at := map[person.SourceID]int{}
	for _, s := range p.Steps {
		if s.State == StepSkipped {
			continue
		}
		n, known := at[s.Source]
		if !known {
			n = len(p.Costs)
			at[s.Source] = n
			p.Costs = append(p.Costs, Cost{Source: s.Source})
		}
		calls, tokens := of(s)
		p.Costs[n].Calls += calls
		p.Costs[n].Tokens += tokens
	}
}

// digestedStep is what a plan's token is bound to: nothing of when it was made, or of how long it takes.
type digestedStep struct {
	Kind    StepKind
	Source  person.SourceID
	Target  person.Key
	Place   person.ResourceKey
	Email   string
	Role    string
	Apps    []string
	Message string
	Account string
	State   StepState
	Goes    Going
}

type digestedLink struct {
	A, B    person.Key
	Rule    string
	Trust   link.Trust
	Crossed bool
}

// digests are of the plan without deployed triggers, and of all of it: triggers have to be read, and may not be readable
// any more when the plan is carried out.
func (p *Plan) digests() (base, full [sha256.Size]byte, triggersKnown bool) {
	in := struct {
		Act   Act
		At    time.Time
		Steps []digestedStep
		Links []digestedLink
	}{Act: p.Act, At: p.At.UTC()}
	var triggers [][]GoingTrigger
	triggersKnown = true
	for _, s := range p.Steps {
		triggersKnown = triggersKnown && !s.Goes.TriggersUnknown
		triggers = append(triggers, s.Goes.Triggers)
		s.Goes.Triggers, s.Goes.TriggersUnknown = nil, false
		in.Steps = append(in.Steps, digestedStep{s.Kind, s.Source, s.Target, s.Place, s.Email, s.Role, s.Apps, s.Message, s.Account, s.State, s.Goes})
	}
	for n, links := range [][]directory.Link{p.Crossed, p.Cut} {
		for _, l := range links {
			ends := l.Identities()
			in.Links = append(in.Links, digestedLink{ends[0].Key(), ends[1].Key(), l.Evidence().Rule, l.Evidence().Trust, n == 0})
		}
	}
	raw, err := json.Marshal(in)
	if err != nil {
		panic(err) // nothing in it can fail
	}
	base = sha256.Sum256(raw)
	more, _ := json.Marshal(triggers)
	return base, sha256.Sum256(append(raw, more...)), triggersKnown
}

// bytes are what a token of the plan holds.
func (p *Plan) bytes() []byte {
	base, full, _ := p.digests()
	return append(base[:], full[:]...)
}

// is tells whether a token's bytes are of this plan.
func (p *Plan) is(token []byte) bool {
	base, full, triggersKnown := p.digests()
	if len(token) != len(base)+len(full) {
		return false
	}
	if string(token[len(base):]) == string(full[:]) {
		return true
	}
	return !triggersKnown && string(token[:len(base)]) == string(base[:])
}
