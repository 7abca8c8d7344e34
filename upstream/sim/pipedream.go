package sim

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

const (
	projectID   = "proj_man1f0ld"
	production  = "production"
	development = "development"
)

// project writes down whom Pipedream knows.
func (b *builder) project() {
	p := pipedream.Project{ID: projectID, Name: "Acme Connect", AppName: "Acme", Apps: linked}
	b.produce(&p.Production)
	b.develop(&p.Development)
	cred := &b.world.Credentials
	cred.PipedreamClientID, cred.PipedreamClientSecret = "sim-pipedream", "sim-pipedream-secret"
	cred.PipedreamProjectID, cred.PipedreamEnvironments = projectID, []string{production, development}
	b.world.Pipedream = pipedream.Data{
		Clients:  []pipedream.Client{{ID: cred.PipedreamClientID, Secret: cred.PipedreamClientSecret}},
		Apps:     apps,
		Projects: []pipedream.Project{p},
	}
}

func (b *builder) produce(env *pipedream.Environment) {
	opaque := 0
	for _, h := range b.humans {
		for range h.externals {
			id, proofs := b.externalID(h, production)
			r := b.external(env, production, id, h.entity, proofs)
			b.connect(env, r, h, len(proofs) > 0)
			if len(proofs) == 0 {
				if opaque++; opaque%2 == 0 {
					b.mapRecord(r, h)
				}
			}
		}
	}
	n := len(b.humans)
	for _, id := range []string{"default_user", "clawdbot", "ACME_ORG"} {
		b.nobody(env, id, person.KindOrganization)
	}
	for i := range 2 + n/100 {
		b.nobody(env, fmt.Sprintf("org_%x", 0xa1b2c3+i*7919), person.KindOrganization)
	}
	for i := range 1 + n/200 {
		b.nobody(env, "ws_"+strconv.Itoa(40+i), person.KindOrganization)
	}
	for range 1 + n/150 {
		b.crowd(env)
	}
	b.nobody(env, "bot-nightly", person.KindBot)
	b.nobody(env, "svc:exporter", person.KindBot)
	b.nobody(env, "info@"+acme, person.KindUnknown)         // a shared mailbox is nobody
	b.nobody(env, "pipedrive:20000001", person.KindUnknown) // of a user who is gone
}

// develop fills the second environment, which holds ten external users at most. The same
// id may be in both; they are two accounts.
func (b *builder) develop(env *pipedream.Environment) {
	const constant = "default_user" // as in production
	b.ids[development+constant] = true
	b.external(env, development, constant, b.entity(person.KindOrganization), nil)
	for _, h := range b.humans {
		if len(env.Users) >= pipedream.DevelopmentUsers-1 {
			return
		}
		if h.staff && h.externals > 0 {
			id, proofs := b.externalID(h, development)
			b.connect(env, b.external(env, development, id, h.entity, proofs), h, len(proofs) > 0)
		}
	}
}

// external adds an external user and its record.
func (b *builder) external(env *pipedream.Environment, name, id string, entity int, proofs []proof) int {
	b.serial++
	at := b.past(700)
	env.Users = append(env.Users, pipedream.ExternalUser{ID: fmt.Sprintf("exu_%07x", b.serial), ExternalID: id, CreatedAt: at, UpdatedAt: at})
	return b.record(person.Key{System: person.Pipedream, Account: projectID + "/" + name, ID: id}, entity, proofs...)
}

// nobody adds an external user that is no human, with accounts that humans connected for it.
func (b *builder) nobody(env *pipedream.Environment, id string, kind person.Kind) {
	b.ids[production+id] = true
	b.external(env, production, id, b.entity(kind), nil)
	if kind != person.KindOrganization {
		return
	}
	for range 2 {
		b.account(env, id, pick(b, apps), new(pick(b, b.humans).work.text))
	}
}

// crowd adds an external user that several humans share behind an id that does not tell: their
// accounts of trusted apps name all of them.
func (b *builder) crowd(env *pipedream.Environment) {
	id := b.uuid()
	b.external(env, production, id, b.entity(person.KindUnknown), nil)
	outlook := apps[slices.IndexFunc(apps, func(a *pipedream.App) bool { return a.NameSlug == trustedApps[1] })]
	first := b.rng.IntN(len(b.humans))
	for i := range min(3, len(b.humans)) {
		b.account(env, id, outlook, new(b.humans[(first+i)%len(b.humans)].work.text))
	}
}

// mapRecord puts a record and one of its human's others into the mapping file.
func (b *builder) mapRecord(r int, h *human) {
	for _, other := range b.byEntity[h.entity] {
		if b.records[other].key.System == person.Pipedream {
			continue
		}
		p := byMapping(strconv.Itoa(len(b.world.mapping)))
		b.world.mapping = append(b.world.mapping, MappingEntry{b.records[r].key, b.records[other].key})
		b.records[r].proofs = append(b.records[r].proofs, p)
		b.records[other].proofs = append(b.records[other].proofs, p)
		return
	}
}
