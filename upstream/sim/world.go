package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

// WorldOptions say how large and which world to make. The zero value is the demo's.
type WorldOptions struct {
	// Seed picks the world; 0 is a world like any other.
	Seed uint64
	// People is the number of humans; 0 means 250. Bots and organizations come on top.
	// Every sort of mess is there from about 250 on.
	People int
	// SecondOrganization adds a second Pipefy organization that shares users with the first.
	SecondOrganization bool
}

// World is everybody, the three services' view of them, and the truth.
type World struct {
	Pipedrive *pipedrive.State
	Pipefy    pipefy.Data
	Pipedream pipedream.Data
	// Credentials open the services that Start makes of this world.
	Credentials Credentials

	mapping []MappingEntry
	truth   Truth
}

// Credentials are what a gateway is configured with.
type Credentials struct {
	// Pipedrive holds one entry per company, in the order of State.Companies.
	Pipedrive []PipedriveCredentials
	// Pipefy holds one entry per organization.
	Pipefy []PipefyCredentials
	// Pipedream's client reaches the whole workspace.
	PipedreamClientID, PipedreamClientSecret string
	PipedreamProjectID                       string
	PipedreamEnvironments                    []string
}

// PipedriveCredentials are the tokens of one company.
type PipedriveCredentials struct {
	CompanyID int64
	// Token is an admin's API token, PlainToken that of a user without rights. OAuthToken is a
	// bearer of the admin's that may only read.
	Token, PlainToken, OAuthToken string
}

// PipefyCredentials are the ways into one organization.
type PipefyCredentials struct {
	OrganizationID         int64
	ClientID, ClientSecret string // of a service account that is no member of some pipes
	PersonalToken          string // of a super admin
}

// Truth is who is who. Do not write to it.
func (w *World) Truth() Truth { return w.truth }

// epoch is when the world is looked at; all its times lie before it.
var epoch = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// builder makes one world.
type builder struct {
	rng    *rand.Rand
	humans []*human
	world  *World

	taken     map[string]int  // first.last@domain to how many there are
	mailboxes map[string]bool // in use

	entities  []person.Kind // by entity
	records   []record
	byEntity  [][]int // the records of each entity
	contested map[proof]string
	ids       map[string]bool // Pipedream environment + external id in use
	serial    int             // of Pipedream's own ids
	forms     int             // external ids made so far
}

// NewWorld makes the world of opt. It is the same for the same options.
func NewWorld(opt WorldOptions) *World {
	b := build(opt)
	b.world.truth = b.truth()
	return b.world
}

func build(opt WorldOptions) *builder {
	if opt.People <= 0 {
		opt.People = 250
	}
	b := &builder{
		rng:   rand.New(rand.NewPCG(opt.Seed, 0x6d616e69666f6c64)),
		world: &World{}, taken: map[string]int{}, mailboxes: map[string]bool{},
		contested: map[proof]string{}, ids: map[string]bool{},
	}
	b.populate(opt.People)
	b.muddle()
	b.companies()
	b.organizations(opt.SecondOrganization)
	b.project()
	return b
}

// chance is true in about percent of a hundred calls.
func (b *builder) chance(percent int) bool { return b.rng.IntN(100) < percent }

func pick[T any](b *builder, from []T) T { return from[b.rng.IntN(len(from))] }

// past is a time up to days before the epoch, on a whole second.
func (b *builder) past(days int) time.Time {
	return epoch.Add(-time.Duration(b.rng.IntN(days*86_400)) * time.Second)
}

func (b *builder) uuid() string {
	hi, lo := b.rng.Uint64(), b.rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", uint32(hi>>32), uint16(hi>>16), hi&0xfff, 0x8000|lo>>48&0x3fff, lo&0xffffffffffff)
}

// entity adds somebody or something that records can belong to.
func (b *builder) entity(kind person.Kind) int {
	b.entities, b.byEntity = append(b.entities, kind), append(b.byEntity, nil)
	return len(b.entities) - 1
}
