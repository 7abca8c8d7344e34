package act

import (
	"context"
	"strings"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/action"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
	"github.com/manifold-graph/manifold/upstream/pipefy"
	"github.com/manifold-graph/manifold/upstream/wire"
)

// Pipefy acts on one organization.
type Pipefy struct {
	client       *pipefy.Client
	source       person.SourceID
	organization string
	picture      people.Directory
	now          Clock
}

// NewPipefy makes a Vendor of the client; picture knows the organization's pipes and tables.
func NewPipefy(client *pipefy.Client, source person.SourceID, organization string, picture people.Directory, now Clock) *Pipefy {
	return &Pipefy{client, source, organization, picture, now}
}

var _ Vendor = (*Pipefy)(nil)

// place is where a step acts.
func place(s action.Step) pipefy.Place { return pipefy.Place{Kind: s.Place.Kind, ID: s.Place.ID} }

// members reads one place's list: one call.
func (p *Pipefy) members(ctx context.Context, w collect.Work, at pipefy.Place) ([]pipefy.Member, bool, error) {
	client := p.client.As(w.Class, w.Gate)
	var rosters pipefy.Rosters
	var err error
	switch at.Kind {
	case person.ResourceOrganization:
		m, err := client.OrganizationMembers(ctx, at.ID)
		return m.List, m.Whole && len(m.List) >= m.Total, err
	case person.ResourcePipe:
		rosters, err = client.PipeMembers(ctx, []string{at.ID})
	case person.ResourceTable:
		rosters, err = client.TableMembers(ctx, []string{at.ID})
	}
	if err != nil {
		return nil, false, err
	}
	for _, r := range rosters.Read {
		if r.ID == at.ID {
			return r.Members, r.Whole, nil
		}
	}
	return nil, false, fault.New(fault.NotFound, "%s does not list the members of this %s: it is missing, or hidden from the credential. Invite the credential's owner there.", p.source, word(at.Kind))
}

func word(kind person.ResourceKind) string {
	return map[person.ResourceKind]string{person.ResourcePipe: "pipe", person.ResourceTable: "table"}[kind]
}

// Look takes one call: the member list of the place.
func (p *Pipefy) Look(ctx context.Context, w collect.Work, s action.Step, known *person.Identity) (Sight, error) {
	at := p.now()
	list, whole, err := p.members(ctx, w, place(s))
	if err != nil {
		return Sight{}, err
	}
	for _, m := range list {
		if m.User.ID != s.Target.ID && (s.Target.ID != "" || !strings.EqualFold(m.User.Email, s.Email)) {
			continue
		}
		seen := Sight{Standing: NotSo, Before: m.Role, Hint: m}
		if s.Kind == action.SetRole || s.Kind == action.Invite {
			seen.Standing = standing(strings.EqualFold(m.Role, s.Role))
		}
		seen.Changes = p.joined(m, known, s, at)
		return seen, nil
	}
	switch {
	case !whole: // whoever is not in a part of a list may be in the rest
		return Sight{}, nil
	case s.Kind == action.Invite:
		return Sight{Standing: NotSo}, nil
	case s.Kind == action.SetRole:
		return Sight{Standing: Missing, Before: "gone", Changes: p.removed(s, known, at)}, nil
	}
	return Sight{Standing: So, Before: "gone", Changes: p.removed(s, known, at)}, nil
}

// Do takes one call. Removals, roles and invitations ask for another look: Pipefy has confirmed what it had not done.
func (p *Pipefy) Do(ctx context.Context, w collect.Work, s action.Step, known *person.Identity, seen Sight) (Effect, error) {
	client := p.client.As(w.Class, w.Gate)
	m, listed := seen.Hint.(pipefy.Member)
	user := m.User
	if !listed && known != nil { // as much as is known
		user = pipefy.User{ID: known.Key.ID, UUID: known.Pipefy.UUID, Email: known.Email}
	}
	var err error
	e := Effect{Check: true}
	switch s.Kind {
	case action.Invite:
		return p.invite(ctx, client, s)
	case action.SetRole:
		err, e.After = client.SetRole(ctx, place(s), pipefy.RoleChange{UserID: s.Target.ID, Role: s.Role}), s.Role
		if in, ok := p.resource(s.Place); ok && known != nil {
			e.Changes = p.changed(s.Target, pipefy.Promoted(known, in, s.Role))
		}
		e.Doubt = s.Place.Kind == person.ResourceOrganization && pipefy.IsGuest(s.Role)
	case action.RemoveFromOrganization:
		err = client.RemoveUserFromOrg(ctx, s.Place.ID, user.Email)
	case action.RemoveFromPipe:
		err = client.RemoveUserFromPipe(ctx, pipefy.Pipe{ID: s.Place.ID}, user)
	case action.RemoveFromTable:
		err = client.RemoveUserFromTable(ctx, s.Place.ID, user.Email)
	default:
		return Effect{}, foreign(s)
	}
	if err != nil {
		return Effect{}, err
	}
	if s.Kind != action.SetRole {
		e.After, e.Changes = "gone", p.removed(s, known, p.now())
	}
	return e, nil
}

func (p *Pipefy) invite(ctx context.Context, client *pipefy.Client, s action.Step) (Effect, error) {
	rows, err := client.InviteMembers(ctx, place(s), s.Message, []pipefy.Invitation{{Email: s.Email, Role: s.Role}})
	if err != nil {
		return Effect{}, err
	}
	switch rows[0].Outcome {
	case pipefy.Rejected:
		return Effect{}, &wire.Failure{Kind: wire.BadRequest, Source: string(p.source), Operation: pipefy.OpInviteMembers, Sent: true}
	case pipefy.Unclear:
		return Effect{}, &wire.Failure{Kind: wire.Malformed, Source: string(p.source), Operation: pipefy.OpInviteMembers, Sent: true, Ambiguous: true, Status: 200}
	}
	// Somebody invited into a pipe or table joins the organization too.
	return Effect{After: s.Role, Check: true, Doubt: true}, nil
}

// joined is a member as a list shows them.
func (p *Pipefy) joined(m pipefy.Member, known *person.Identity, s action.Step, at time.Time) []directory.Change {
	in, ok := p.resource(s.Place)
	key := person.Key{System: person.Pipefy, Account: p.organization, ID: m.User.ID}
	if !ok {
		return nil
	}
	if known == nil {
		if i, ok := p.picture.Current().View(access.Principal{}).Identity(key); ok {
			known = i.Raw()
		}
	}
	return []directory.Change{{Key: key, Identity: pipefy.Joined(p.source, p.organization, known, m, in), ObservedAt: at}}
}

func (p *Pipefy) removed(s action.Step, known *person.Identity, at time.Time) []directory.Change {
	if known == nil {
		return nil
	}
	return []directory.Change{{Key: s.Target, Identity: pipefy.Removed(known, place(s)), ObservedAt: at}}
}

func (p *Pipefy) changed(key person.Key, now *person.Identity) []directory.Change {
	return []directory.Change{{Key: key, Identity: now, ObservedAt: p.now()}}
}

func (p *Pipefy) resource(key person.ResourceKey) (*person.Resource, bool) {
	r, ok := p.picture.Current().View(access.Principal{}).Resource(key)
	if !ok {
		return nil, false
	}
	return r.Raw(), true
}
