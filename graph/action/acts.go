package action

import (
	"context"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/people"
	"github.com/manifold-graph/manifold/graph/person"
)

// AddPipedriveUser invites a user into a Pipedrive company.
func (d *Desk) AddPipedriveUser(ctx context.Context, who access.Principal, in AddPipedriveUserInput) (*Payload, error) {
	o := d.order(who, AddPipedriveUser, in.Order, Taking{}, []any{in.Source, in.Email, in.Apps})
	if p, err := o.replay(ctx); p != nil || err != nil {
		return p, err
	}
	source, ok := o.sourceOf(person.Pipedrive, in.Source)
	email := o.address(in.Email, "email")
	for n, app := range in.Apps {
		if app == "" || len(app) > 100 {
			o.wrong(people.ErrorInvalid, "Name an app of Pipedrive, such as sales.", "apps", strconv.Itoa(n))
		}
	}
	if ok && email != "" {
		// Whoever may not read addresses is not told whose one is; Pipedrive refuses it, and that is in the audit log.
		if o.who.Has(access.ScopeEmailsRead) && o.holds(source, email) {
			o.wrong(people.ErrorConflict, "This address is a user of the company already. Ask setPipedriveUserActive to activate it.", "email")
		}
		o.plan.Steps = []Step{{Kind: AddUser, Source: source.ID(), Email: email, Apps: slices.Clone(in.Apps)}}
	}
	return o.decide(ctx)
}

// SetPipedriveUserActive activates or deactivates a Pipedrive user.
func (d *Desk) SetPipedriveUserActive(ctx context.Context, who access.Principal, in SetPipedriveUserActiveInput) (*Payload, error) {
	o := d.order(who, SetPipedriveUserActive, in.Order, in.Taking, []any{in.UserID, in.Active})
	if p, err := o.replay(ctx); p != nil || err != nil {
		return p, err
	}
	if i, ok := o.identity(in.UserID, person.Pipedrive, "userId"); ok {
		kind := Activate
		if !in.Active {
			kind = Deactivate
		}
		if i.Raw().State == person.StateErased {
			o.wrong(people.ErrorConflict, "Pipedrive has erased this user for good. Add a user with addPipedriveUser instead.", "userId")
		}
		o.plan.Steps = []Step{o.stepOn(kind, i)}
		if !in.Active {
			o.guarded([]directory.Identity{i}, [][]string{{"userId"}})
		}
	}
	return o.decide(ctx)
}

// maxInvitations is how many people one act invites at most.
const maxInvitations = 50

// InvitePipefyMembers invites people into an organization, pipe or table.
func (d *Desk) InvitePipefyMembers(ctx context.Context, who access.Principal, in InvitePipefyMembersInput) (*Payload, error) {
	o := d.order(who, InvitePipefyMembers, in.Order, Taking{}, []any{in.PlaceID, in.Members, in.Message})
	if p, err := o.replay(ctx); p != nil || err != nil {
		return p, err
	}
	place, ok := o.place(in.PlaceID, "placeId")
	if n := len(in.Members); n == 0 || n > maxInvitations {
		o.wrong(people.ErrorInvalid, "Invite 1 to 50 people at once.", "members")
	}
	message := ""
	if in.Message != nil {
		if message = *in.Message; utf8.RuneCountInString(message) > 2000 {
			o.wrong(people.ErrorInvalid, "The message has at most 2000 characters.", "message")
		}
	}
	seen := map[string]bool{}
	for n, m := range in.Members {
		at := strconv.Itoa(n)
		email := strings.ToLower(o.address(m.Email, "members", at, "email")) // as Pipefy's own client sends it
		role := o.role(m.Role, place, ok, "members", at, "role")
		if seen[email] && email != "" {
			o.wrong(people.ErrorInvalid, "This address is in the list twice.", "members", at, "email")
		}
		seen[email] = true
		if ok && email != "" && role != "" {
			step := Step{Kind: Invite, Source: place.Raw().Source, Place: place.Key(), Email: email, Role: role, Message: message}
			if ps := whole(o.view).PeopleByEmail(email); len(ps) == 1 {
				step.Person = ps[0].ID()
			}
			o.plan.Steps = append(o.plan.Steps, step)
		}
	}
	return o.decide(ctx)
}

// SetPipefyRole gives a member another role in an organization, pipe or table.
func (d *Desk) SetPipefyRole(ctx context.Context, who access.Principal, in SetPipefyRoleInput) (*Payload, error) {
	o := d.order(who, SetPipefyRole, in.Order, in.Taking, []any{in.MemberID, in.PlaceID, in.Role})
	if p, err := o.replay(ctx); p != nil || err != nil {
		return p, err
	}
	i, known := o.identity(in.MemberID, person.Pipefy, "memberId")
	place, ok := o.place(in.PlaceID, "placeId")
	role := o.role(in.Role, place, ok, "role")
	if known && ok && role != "" && o.together(i, place, "placeId") {
		step := o.stepOn(SetRole, i)
		step.Place, step.Role = place.Key(), role
		if place.Kind() == person.ResourceOrganization {
			if guest(role) { // the same cascade as removal
				step.Goes, o.tokened = goingOf(i), true
			}
		}
		o.plan.Steps = []Step{step}
		if step.takesRights() {
			o.guarded([]directory.Identity{i}, [][]string{{"memberId"}})
		}
	}
	return o.decide(ctx)
}

// RemovePipefyMember takes a member out of an organization, with all pipes and tables, or out of one pipe or table.
func (d *Desk) RemovePipefyMember(ctx context.Context, who access.Principal, in RemovePipefyMemberInput) (*Payload, error) {
	o := d.order(who, RemovePipefyMember, in.Order, in.Taking, []any{in.MemberID, in.PlaceID})
	o.tokened = true
	if p, err := o.replay(ctx); p != nil || err != nil {
		return p, err
	}
	i, known := o.identity(in.MemberID, person.Pipefy, "memberId")
	place, ok := o.place(in.PlaceID, "placeId")
	if known && ok && o.together(i, place, "placeId") {
		step := o.stepOn(removals[place.Kind()], i)
		step.Place = place.Key()
		if place.Kind() == person.ResourceOrganization {
			step.Goes = goingOf(i)
		}
		o.plan.Steps = []Step{step}
		o.guarded([]directory.Identity{i}, [][]string{{"memberId"}})
	}
	return o.decide(ctx)
}

// DeletePipedreamAccount deletes one connected account and the triggers that use it.
func (d *Desk) DeletePipedreamAccount(ctx context.Context, who access.Principal, in DeletePipedreamAccountInput) (*Payload, error) {
	o := d.order(who, DeletePipedreamAccount, in.Order, in.Taking, []any{in.UserID, in.AccountID})
	o.tokened = true
	if p, err := o.replay(ctx); p != nil || err != nil {
		return p, err
	}
	if i, ok := o.identity(in.UserID, person.Pipedream, "userId"); ok {
		accounts := i.Raw().Pipedream.Accounts
		n := slices.IndexFunc(accounts, func(a person.PipedreamAccount) bool { return a.ID == in.AccountID })
		if n < 0 {
			o.wrong(people.ErrorNotFound, "This user has no such account. Ask for PipedreamUser.accounts.", "accountId")
		} else {
			step := o.stepOn(DeleteAccount, i)
			step.Account = in.AccountID
			step.Goes.Accounts = []GoingAccount{{in.AccountID, accounts[n].AppSlug}}
			o.plan.Steps = []Step{step}
			o.guarded([]directory.Identity{i}, [][]string{{"userId"}})
			o.readTriggers(ctx)
		}
	}
	return o.decide(ctx)
}

// DeletePipedreamUser deletes an external user with all accounts and deployed triggers.
func (d *Desk) DeletePipedreamUser(ctx context.Context, who access.Principal, in DeletePipedreamUserInput) (*Payload, error) {
	o := d.order(who, DeletePipedreamUser, in.Order, in.Taking, []any{in.UserID})
	o.tokened = true
	if p, err := o.replay(ctx); p != nil || err != nil {
		return p, err
	}
	if i, ok := o.identity(in.UserID, person.Pipedream, "userId"); ok {
		step := o.stepOn(DeleteUser, i)
		step.Goes = goingOf(i)
		o.plan.Steps = []Step{step}
		o.guarded([]directory.Identity{i}, [][]string{{"userId"}})
		o.readTriggers(ctx)
	}
	return o.decide(ctx)
}

var removals = map[person.ResourceKind]StepKind{
	person.ResourceOrganization: RemoveFromOrganization, person.ResourcePipe: RemoveFromPipe, person.ResourceTable: RemoveFromTable,
}

// stepOn is a step on an identity. Whoever sees a part knows its person by another id; the step has that of the whole, so
// that nobody else acts on the same person meanwhile, and the audit log has one name for them.
func (o *order) stepOn(kind StepKind, i directory.Identity) Step {
	return Step{Kind: kind, Source: i.Raw().Source, Target: i.Key(), Person: wholePerson(o.view, i.Key()), Leads: leads(i.Raw()), State: StepPending}
}

// guarded refuses what is rarely meant, unless it is forced. It is asked once the plan has its steps.
func (o *order) guarded(of []directory.Identity, fields [][]string) {
	if o.Force && o.who.Has(access.ScopeActsForce) {
		return
	}
	g := newGuard(o.view, o.who)
	for _, s := range o.plan.Steps {
		if s.State != StepSkipped && s.takesRights() {
			g.falling[s.Target] = true
		}
	}
	for n, i := range of {
		o.errs = append(o.errs, g.check(i, append([]string{"input"}, fields[n]...))...)
	}
}

// address is what looks like one, trimmed; "" after saying what is wrong.
func (o *order) address(s string, field ...string) string {
	s = strings.TrimSpace(s)
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s || len(s) > 254 {
		o.wrong(people.ErrorInvalid, "This is not an e-mail address. Write it as in ann@acme.example.", field...)
		return ""
	}
	return s
}
