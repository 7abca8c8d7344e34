package sim_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

// identities are the accounts of w as a gateway that reads all of them would hold them.
func identities(w *sim.World) []*person.Identity {
	var out []*person.Identity
	for _, c := range w.Pipedrive.Companies {
		for _, u := range c.Users {
			id := &person.Identity{Key: person.Key{System: person.Pipedrive, Account: fmt.Sprint(c.ID), ID: fmt.Sprint(u.ID)},
				Name: u.Name, Email: u.Email, EmailVerified: !u.Invited, Pipedrive: &person.PipedriveUser{UserID: u.ID, CompanyID: c.ID}}
			switch {
			case u.Deleted:
				id.Name, id.Email, id.State = "(deleted user)", "", person.StateErased
			case u.Invited:
				id.Name, id.State = u.Email, person.StateUnconfirmed
			case !u.Active:
				id.State = person.StateInactive
			}
			out = append(out, id)
		}
	}
	users := map[int64]pipefy.User{}
	for _, u := range w.Pipefy.Users {
		users[u.ID] = u
	}
	for _, o := range w.Pipefy.Organizations {
		for _, m := range o.Members {
			u := users[m.UserID]
			out = append(out, &person.Identity{Key: person.Key{System: person.Pipefy, Account: fmt.Sprint(o.ID), ID: fmt.Sprint(u.ID)},
				Name: u.Name, Email: u.Email, EmailVerified: u.Confirmed, Pipefy: &person.PipefyUser{UserID: fmt.Sprint(u.ID), UUID: u.UUID}})
		}
	}
	for _, p := range w.Pipedream.Projects {
		out = append(out, externalUsers(p.ID, "production", p.Production)...)
		out = append(out, externalUsers(p.ID, "development", p.Development)...)
	}
	return out
}

func externalUsers(project, environment string, env pipedream.Environment) []*person.Identity {
	accounts := map[string][]person.PipedreamAccount{}
	for _, a := range env.Accounts {
		account := person.PipedreamAccount{ID: a.ID, AppSlug: a.App.NameSlug}
		if a.Name != nil {
			account.Name = *a.Name
		}
		accounts[a.ExternalID] = append(accounts[a.ExternalID], account)
	}
	var out []*person.Identity
	for _, u := range env.Users {
		out = append(out, &person.Identity{Key: person.Key{System: person.Pipedream, Account: project + "/" + environment, ID: u.ExternalID},
			Pipedream: &person.PipedreamUser{ExternalUserID: u.ExternalID, ProjectID: project, Environment: environment, Accounts: accounts[u.ExternalID]}})
	}
	return out
}

// rules are the world's published configuration in the linker's words.
func rules(l sim.Linking) link.Rules {
	var r link.Rules
	for _, name := range l.PlusTagDomains {
		r.Domains = append(r.Domains, link.Domain{Name: name, PlusTags: true, IgnoreDots: slices.Contains(l.DotDomains, name)})
	}
	r.SharedLocals = l.SharedLocals
	for _, t := range l.Templates {
		r.IDs = append(r.IDs, link.IDRule{Template: t})
	}
	for _, slug := range l.TrustedApps {
		r.AccountApps = append(r.AccountApps, link.AccountApp{Slug: slug})
	}
	for kind, patterns := range map[person.Kind][]string{person.KindBot: l.BotPatterns, person.KindOrganization: l.OrganizationPatterns} {
		for _, p := range patterns {
			r.Kinds = append(r.Kinds, link.KindRule{Name: p, Kind: kind, On: link.FieldExternalID, Pattern: p})
			if kind == person.KindBot {
				r.Kinds = append(r.Kinds, link.KindRule{Name: p + " address", Kind: kind, On: link.FieldEmail, Pattern: p})
			}
		}
	}
	for _, m := range l.Mapping {
		r.Mapping = append(r.Mapping, link.Mapping{Keys: []person.Key{m.A, m.B}})
	}
	return r
}

// TestLinkingFindsWhatTheWorldCallsReachable: the linker, told the published configuration, merges no
// two people and finds at least 0.99 of the pairs that can be found.
func TestLinkingFindsWhatTheWorldCallsReachable(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		w := sim.NewWorld(sim.WorldOptions{Seed: seed, People: linkedPeople, SecondOrganization: seed%2 == 0})
		linker, err := link.New(rules(w.Linking()))
		if err != nil {
			t.Fatal(err)
		}
		all := identities(w)
		result := linker.Link(all, nil)

		cluster := make(map[person.Key]int32, len(all))
		for i, id := range all {
			cluster[id.Key] = result.Cluster[i]
		}
		human := map[int32]int{} // cluster to the true one it lies in
		for i, c := range w.Truth().Clusters {
			for _, k := range c.Keys {
				if first, ok := human[cluster[k]]; ok && first != i {
					t.Errorf("seed %d: %v was merged with somebody else", seed, k)
				}
				human[cluster[k]] = i
			}
		}
		reachable, found := 0, 0
		for p := range w.Truth().Pairs() {
			if p.Reachable {
				reachable++
				if cluster[p.A] == cluster[p.B] {
					found++
				}
			}
		}
		if share := float64(found) / float64(reachable); share < 0.99 {
			t.Errorf("seed %d: found %d of %d reachable pairs, %.4f", seed, found, reachable, share)
		}
		for _, l := range result.Links {
			if _, contested := slices.BinarySearch(w.Truth().Contested, l.Matched); contested {
				t.Errorf("seed %d: contested %s links", seed, l.Matched)
			}
		}
	}
}

// TestAnExactJoinFindsLess measures what people do by hand: join accounts whose addresses, or external
// ids, are equal to the letter. It loses pairs that can be found, and merges people who share an address.
func TestAnExactJoinFindsLess(t *testing.T) {
	reachable, found, wrong := 0, 0, 0
	for seed := uint64(1); seed <= 20; seed++ {
		w := sim.NewWorld(sim.WorldOptions{Seed: seed, People: linkedPeople, SecondOrganization: seed%2 == 0})
		address := map[person.Key]string{}
		sharing := map[string][]person.Key{}
		for _, id := range identities(w) {
			address[id.Key] = id.Email
			if id.Key.System == person.Pipedream {
				address[id.Key] = id.Key.ID
			}
			if a := address[id.Key]; a != "" {
				sharing[a] = append(sharing[a], id.Key)
			}
		}
		truth := map[person.Key]int{}
		for i, c := range w.Truth().Clusters {
			for _, k := range c.Keys {
				truth[k] = i
			}
		}
		for p := range w.Truth().Pairs() {
			if p.Reachable {
				reachable++
				if address[p.A] != "" && address[p.A] == address[p.B] {
					found++
				}
			}
		}
		for _, keys := range sharing {
			for _, k := range keys[1:] {
				if truth[k] != truth[keys[0]] {
					wrong++
				}
			}
		}
	}
	t.Logf("an exact join finds %d of %d reachable pairs (%.3f) and merges %d accounts wrongly", found, reachable, float64(found)/float64(reachable), wrong)
	if share := float64(found) / float64(reachable); share > 0.95 || wrong == 0 {
		t.Errorf("the world is too easy: an exact join finds %.3f of it, %d wrongly", share, wrong)
	}
}
