package directory_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

var (
	start  = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	nobody = access.NewPrincipal("test", access.ReadScopes...)
)

func personID(k person.Key) person.ID {
	var buf [128]byte
	text := append(buf[:0], byte(k.System), byte(len(k.Account)))
	sum := sha256.Sum256(append(append(text, k.Account...), k.ID...))
	return person.ID(sum[:16])
}

func newLinker() *link.Linker {
	l, err := link.New(link.Rules{
		Domains: []link.Domain{{Name: "acme.example", PlusTags: true}},
		IDs:     []link.IDRule{{Template: "pipedrive:{pipedrive_id}", Trust: link.Verified}, {Template: "{email}"}},
		Kinds:   []link.KindRule{{On: link.FieldExternalID, Glob: "org-*", Kind: person.KindOrganization}, {On: link.FieldExternalID, Glob: "bot-*", Kind: person.KindBot}},
	})
	if err != nil {
		panic(err)
	}
	return l
}

// account is one configured source of a test world.
type account struct {
	source  person.SourceID
	system  person.System
	account string
}

var accounts = []account{
	{"crm-a", person.Pipedrive, "1001"},
	{"crm-b", person.Pipedrive, "1002"},
	{"flow", person.Pipefy, "300"},
	{"dream", person.Pipedream, "proj_x/production"},
}

// world collects what sources say, for tests to build a snapshot from.
type world struct {
	in        directory.Input
	resources map[person.ResourceKey]*person.Resource
}

func newWorld() *world {
	w := &world{resources: map[person.ResourceKey]*person.Resource{}}
	w.in = directory.Input{Version: 1, At: start, Linker: newLinker(), PersonID: personID}
	for _, a := range accounts {
		w.in.Sources = append(w.in.Sources, person.SourceState{
			ID: a.source, System: a.system, Account: a.account, Title: string(a.source), Health: person.HealthOK, AsOf: start, Version: 1,
			Coverage: person.Coverage{Total: -1, Complete: true, GrantsComplete: true},
		})
		w.in.Batches = append(w.in.Batches, person.Batch{
			Source: a.source, System: a.system, Account: a.account, AsOf: start,
			Coverage: person.Coverage{Total: -1, Complete: true, GrantsComplete: true},
		})
	}
	return w
}

func (w *world) batch(source person.SourceID) *person.Batch {
	for i := range w.in.Batches {
		if w.in.Batches[i].Source == source {
			return &w.in.Batches[i]
		}
	}
	panic("no batch of " + source)
}

func (w *world) state(source person.SourceID) *person.SourceState {
	for i := range w.in.Sources {
		if w.in.Sources[i].ID == source {
			return &w.in.Sources[i]
		}
	}
	panic("no source " + source)
}

// resource is the record of a key, made and listed when it is new.
func (w *world) resource(source person.SourceID, kind person.ResourceKind, id, name string) *person.Resource {
	b := w.batch(source)
	k := person.ResourceKey{System: b.System, Account: b.Account, Kind: kind, ID: id}
	if r := w.resources[k]; r != nil {
		return r
	}
	r := &person.Resource{Key: k, Source: source, Name: name, MembersComplete: true}
	w.resources[k] = r
	b.Resources = append(b.Resources, r)
	return r
}

// newIdentity is an identity of a source that is in no batch yet.
func (w *world) newIdentity(source person.SourceID, id string, set func(*person.Identity)) *person.Identity {
	b := w.batch(source)
	i := &person.Identity{Key: person.Key{System: b.System, Account: b.Account, ID: id}, Source: source}
	switch b.System {
	case person.Pipedrive:
		i.EmailVerified = true
		i.Pipedrive = &person.PipedriveUser{}
	case person.Pipefy:
		i.EmailVerified = true
		i.Pipefy = &person.PipefyUser{UserID: id}
	case person.Pipedream:
		i.Pipedream = &person.PipedreamUser{ExternalUserID: id}
	}
	if set != nil {
		set(i)
	}
	slices.SortFunc(i.Grants, func(a, b person.Grant) int { return a.Resource.Key.Compare(b.Resource.Key) })
	return i
}

func (w *world) add(source person.SourceID, id string, set func(*person.Identity)) *person.Identity {
	i := w.newIdentity(source, id, set)
	b := w.batch(source)
	b.Identities = append(b.Identities, i)
	return i
}

func (w *world) build() *directory.Snapshot { return directory.Build(w.in) }

func (w *world) view() directory.View { return w.build().View(nobody) }

func named(name, email string) func(*person.Identity) {
	return func(i *person.Identity) { i.Name, i.Email = name, email }
}

func with(all ...func(*person.Identity)) func(*person.Identity) {
	return func(i *person.Identity) {
		for _, set := range all {
			set(i)
		}
	}
}

func may(r *person.Resource, level person.Level, role string) func(*person.Identity) {
	return func(i *person.Identity) {
		i.Grants = append(i.Grants, person.Grant{Resource: r, Level: level, Role: role})
	}
}

func inState(s person.State) func(*person.Identity) {
	return func(i *person.Identity) { i.State = s }
}

var (
	givenNames    = []string{"Ann", "Bob", "Carla", "Diego", "Eve", "Fynn", "Greta", "Hugo", "Ivan", "Jean-Luc", "Katarzyna", "Lukas", "Maria", "Nora", "Olaf", "Peter"}
	familyNames   = []string{"Adams", "Brown", "Costa", "Dvorak", "Eriksson", "Fischer", "Garcia", "Hansen", "Ibsen", "Jones", "Kowalski", "Lopez", "Martin", "Nowak", "O'Brien", "Petit"}
	accentedGiven = []string{"Çağla", "Dörte", "Grażyna", "İpek", "Łukasz", "Noël", "Ólafur", "Chloé"}
	accentedNames = []string{"Brontë", "Çelik", "Dvořák", "García", "López", "Müller", "Nguyễn", "Østergård"}
)

// drawName is the name of one of many: 15 in 100 have letters beyond ASCII.
func drawName(r *rand.Rand) string {
	given, family := givenNames, familyNames
	if r.IntN(100) < 15 {
		given, family = accentedGiven, accentedNames
	}
	return given[r.IntN(len(given))] + " " + family[r.IntN(len(family))] + string(rune('a'+r.IntN(26))) + string(rune('a'+r.IntN(26)))
}

// synthetic is a company of about n identities for benchmarks: two fifths
// Pipedrive, two fifths Pipefy, one fifth Pipedream, most of them linked.
func synthetic(n int) *world {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	w := newWorld()
	company := w.resource("crm-a", person.ResourceCompany, "1001", "Acme")
	var apps, pipes, connected []*person.Resource
	for _, a := range []string{"sales", "projects", "campaigns"} {
		apps = append(apps, w.resource("crm-a", person.ResourceCompanyApp, a, a))
	}
	org := w.resource("flow", person.ResourceOrganization, "300", "Acme")
	for i := range 20 + n/200 {
		pipes = append(pipes, w.resource("flow", person.ResourcePipe, fmt.Sprint(9000+i), fmt.Sprintf("Pipe %s %d", familyNames[i%16], i)))
	}
	project := w.resource("dream", person.ResourceProject, "proj_x/production", "Acme")
	for i := range 300 {
		connected = append(connected, w.resource("dream", person.ResourceConnectedApp, fmt.Sprintf("app_%d", i), fmt.Sprintf("App %d", i)))
	}
	levels := []person.Level{person.LevelMember, person.LevelMember, person.LevelMember, person.LevelAdmin, person.LevelReader, person.LevelGuest}
	for i := range n * 2 / 5 {
		name := drawName(r)
		email := fmt.Sprintf("user.%d@domain%d.example", i, r.IntN(1+n/1000))
		created := start.Add(-time.Duration(r.IntN(1e9)) * time.Millisecond)
		common := func(id *person.Identity) {
			id.Name, id.Email, id.CreatedAt = name, email, created
			if r.IntN(3) > 0 {
				id.LastSeenAt = created.Add(time.Duration(r.IntN(1e9)) * time.Microsecond)
			}
			if r.IntN(10) == 0 {
				id.State = person.StateInactive
			}
		}
		w.add("crm-a", fmt.Sprint(100_000+i), with(common, may(company, person.LevelMember, ""), may(apps[r.IntN(3)], levels[r.IntN(6)], "regular")))
		if i%10 == 9 {
			email = fmt.Sprintf("other.%d@elsewhere.example", i)
		}
		w.add("flow", fmt.Sprint(500_000+i), with(common, may(org, levels[r.IntN(6)], "company_member"), may(pipes[r.IntN(len(pipes))], levels[r.IntN(6)], "member")))
		if i%2 == 0 {
			id := fmt.Sprintf("pipedrive:%d", 100_000+i)
			if i%8 == 0 {
				id = fmt.Sprintf("%08x-%04x-4000-8000-%012x", r.Uint32(), r.IntN(1<<16), r.Uint64()>>16)
			}
			w.add("dream", id, with(may(project, person.LevelMember, ""), may(connected[r.IntN(300)], person.LevelMember, "")))
		}
	}
	return w
}
