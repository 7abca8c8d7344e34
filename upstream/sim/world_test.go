package sim_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/sim"
	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// keys are the accounts that the three services really hold.
func keys(w *sim.World) map[person.Key]bool {
	all := map[person.Key]bool{}
	for _, c := range w.Pipedrive.Companies {
		for _, u := range c.Users {
			all[person.Key{System: person.Pipedrive, Account: fmt.Sprint(c.ID), ID: fmt.Sprint(u.ID)}] = true
		}
	}
	for _, o := range w.Pipefy.Organizations {
		for _, m := range o.Members {
			all[person.Key{System: person.Pipefy, Account: fmt.Sprint(o.ID), ID: fmt.Sprint(m.UserID)}] = true
		}
	}
	for _, p := range w.Pipedream.Projects {
		for name, env := range map[string]pipedream.Environment{"production": p.Production, "development": p.Development} {
			for _, u := range env.Users {
				all[person.Key{System: person.Pipedream, Account: p.ID + "/" + name, ID: u.ExternalID}] = true
			}
		}
	}
	return all
}

func worlds(t *rapid.T) *sim.World {
	return sim.NewWorld(sim.WorldOptions{
		Seed: rapid.Uint64().Draw(t, "seed"), People: rapid.IntRange(1, 400).Draw(t, "people"),
		SecondOrganization: rapid.Bool().Draw(t, "second organization"),
	})
}

func TestClustersAreDisjointAndCoverTheWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t)
		have, seen := keys(w), map[person.Key]bool{}
		for _, c := range w.Truth().Clusters {
			for _, k := range c.Keys {
				if seen[k] {
					t.Fatalf("%v is in two clusters", k)
				}
				if !have[k] {
					t.Fatalf("%v is in no service", k)
				}
				seen[k] = true
			}
		}
		if len(seen) != len(have) {
			t.Fatalf("%d accounts in clusters, %d in services", len(seen), len(have))
		}
	})
}

// TestPartsNeverJoinTwoUsersOfOneAccount: what is reachable asks no linker to merge two Pipedrive
// users of a company, or two Pipefy users.
func TestPartsNeverJoinTwoUsersOfOneAccount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, c := range worlds(t).Truth().Clusters {
			covered := 0
			for _, part := range c.Parts {
				ids := map[string]string{}
				for _, i := range part {
					k := c.Keys[i]
					covered++
					room := k.System.String() // all Pipefy organizations share their users, and all companies theirs
					if k.System == person.Pipedream {
						continue
					}
					if id, ok := ids[room]; ok && id != k.ID {
						t.Fatalf("%v and %s %s can be told to be one", k, room, id)
					}
					ids[room] = k.ID
				}
			}
			if covered != len(c.Keys) {
				t.Fatalf("parts hold %d of %d keys", covered, len(c.Keys))
			}
		}
	})
}

func TestPairsAgreeWithParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth := worlds(t).Truth()
		reachable, all := 0, 0
		for _, c := range truth.Clusters {
			all += len(c.Keys) * (len(c.Keys) - 1) / 2
			for _, p := range c.Parts {
				reachable += len(p) * (len(p) - 1) / 2
			}
		}
		got, gotReachable := 0, 0
		for p := range truth.Pairs() {
			got++
			if p.Reachable {
				gotReachable++
			}
			if p.A == p.B {
				t.Fatalf("%v is paired with itself", p.A)
			}
		}
		if got != all || gotReachable != reachable {
			t.Fatalf("%d pairs, %d reachable; want %d, %d", got, gotReachable, all, reachable)
		}
	})
}

func TestSameSeedSameWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opt := sim.WorldOptions{Seed: rapid.Uint64().Draw(t, "seed"), People: rapid.IntRange(1, 150).Draw(t, "people")}
		a, b := sim.NewWorld(opt), sim.NewWorld(opt)
		if !reflect.DeepEqual(a, b) {
			t.Fatal("two worlds")
		}
		opt.Seed++
		if reflect.DeepEqual(a.Pipedrive, sim.NewWorld(opt).Pipedrive) {
			t.Fatal("another seed, the same world")
		}
	})
}

func TestServicesAcceptTheWorld(t *testing.T) {
	for seed := range uint64(20) {
		w := sim.NewWorld(sim.WorldOptions{Seed: seed, People: 1000, SecondOrganization: seed%2 == 0})
		if _, err := pipefy.NewState(w.Pipefy); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if _, err := pipedream.NewState(w.Pipedream); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// TestEveryDocumentedFormIsThere looks for each mess in worlds of the default size.
func TestEveryDocumentedFormIsThere(t *testing.T) {
	const uuid = `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`
	for seed := range uint64(10) {
		w := sim.NewWorld(sim.WorldOptions{Seed: seed})
		env := w.Pipedream.Projects[0].Production
		for _, pattern := range []string{
			`^pipedrive:\d+$`, `^user-\d{9}$`, `^user-\d{3}$`, `^` + uuid + `$`, `^demo-` + uuid + `$`, `^[0-9a-f]{64}$`, `^org_`, `^ws_\d+$`,
			`^ws_\d+:` + uuid + `$`, `^acme-crm:live:\d+$`, `^[a-z]+$`, `^[^@ ]+@[^@ ]+\.[a-z]+$`, `^default_user$`, `^clawdbot$`, `^ACME_ORG$`, `^bot-`, `^svc:`,
			`/`, `@`, `:`, `#`, `\?`, `%`, ` `, `[^\x00-\x7f]`,
		} {
			re := regexp.MustCompile(pattern)
			if !slices.ContainsFunc(env.Users, func(u pipedream.ExternalUser) bool { return re.MatchString(u.ExternalID) }) {
				t.Errorf("seed %d: no external id matches %s", seed, pattern)
			}
		}
		for what, n := range mess(w) {
			if n == 0 {
				t.Errorf("seed %d: no %s", seed, what)
			}
		}
		if n := len(w.Pipedream.Projects[0].Development.Users); n == 0 || n > pipedream.DevelopmentUsers {
			t.Errorf("seed %d: %d users in development", seed, n)
		}
	}
}

// mess counts the sorts of mess in a world.
func mess(w *sim.World) map[string]int {
	n := map[string]int{"deactivated": 0, "erased": 0, "invited": 0, "shared id in two companies": 0, "guest": 0, "unconfirmed": 0,
		"plus-tag": 0, "letter case": 0, "service account": 0, "unseen pipe": 0, "several accounts of one app": 0, "dead account": 0, "unhealthy account": 0,
		"null name": 0, "name that is an address": 0, "null dead": 0, "no refresh": 0, "trigger": 0, "several external users": 0, "one id in both environments": 0,
		"second account at Pipefy": 0, "contested": len(w.Truth().Contested), "mapping": len(w.Linking().Mapping), "namesakes": 0, "follower": 0, "unreachable": 0, "reachable": 0}
	ids := map[int64]int{}
	for _, c := range w.Pipedrive.Companies {
		for _, u := range c.Users {
			if ids[u.ID]++; ids[u.ID] == 2 {
				n["shared id in two companies"]++
			}
			count(n, "deactivated", !u.Active && !u.Deleted)
			count(n, "erased", u.Deleted)
			count(n, "invited", u.Invited)
			count(n, "follower", len(u.Followers) > 50)
		}
	}
	name := map[string]int{}
	for _, u := range w.Pipefy.Users {
		if name[u.Name]++; name[u.Name] == 2 {
			n["namesakes"]++
		}
		count(n, "unconfirmed", u.Invited && !u.Confirmed)
		count(n, "plus-tag", strings.Contains(u.Email, "+"))
		count(n, "letter case", u.Email != strings.ToLower(u.Email))
		count(n, "service account", strings.HasSuffix(u.Email, "pipefy-service.com") && u.ServiceAccount)
	}
	for _, m := range w.Pipefy.Organizations[0].Members {
		count(n, "guest", strings.HasSuffix(m.Role, "_guest"))
	}
	for _, p := range w.Pipefy.Pipes {
		count(n, "unseen pipe", !slices.ContainsFunc(p.Members, func(m pipefy.Member) bool { return m.UserID == w.Pipefy.Clients[0].UserID }))
	}
	env := w.Pipedream.Projects[0].Production
	apps := map[string]int{}
	for _, a := range env.Accounts {
		apps[a.ExternalID+"\x00"+a.App.NameSlug]++
		count(n, "several accounts of one app", apps[a.ExternalID+"\x00"+a.App.NameSlug] == 2)
		count(n, "dead account", a.Dead != nil && *a.Dead)
		count(n, "null dead", a.Dead == nil)
		count(n, "unhealthy account", !a.Healthy)
		count(n, "null name", a.Name == nil)
		count(n, "name that is an address", a.Name != nil && strings.Contains(*a.Name, "@"))
		count(n, "no refresh", a.Refresh == nil)
	}
	n["trigger"] = len(env.Triggers)
	for _, c := range w.Truth().Clusters {
		in := map[string]int{}
		for _, k := range c.Keys {
			in[k.Account]++
		}
		prod, dev := in["proj_man1f0ld/production"], in["proj_man1f0ld/development"]
		count(n, "several external users", prod > 1)
		count(n, "one id in both environments", prod > 0 && dev > 0)
		count(n, "second account at Pipefy", in["301001"] > 1)
	}
	for p := range w.Truth().Pairs() {
		count(n, "reachable", p.Reachable)
		count(n, "unreachable", !p.Reachable)
	}
	return n
}

func count(n map[string]int, what string, is bool) {
	if is {
		n[what]++
	}
}

func TestLargeWorlds(t *testing.T) {
	for _, people := range largeWorlds {
		began := time.Now()
		w := sim.NewWorld(sim.WorldOptions{Seed: 1, People: people})
		took, humans, records, pairs, reachable := time.Since(began), 0, 0, 0, 0
		for _, c := range w.Truth().Clusters {
			records += len(c.Keys)
			if c.Kind == person.KindHuman {
				humans++
			}
		}
		for p := range w.Truth().Pairs() {
			pairs++
			if p.Reachable {
				reachable++
			}
		}
		if humans != people || records != len(keys(w)) {
			t.Errorf("%d humans, %d records", humans, records)
		}
		if share := float64(reachable) / float64(pairs); share < 0.4 || share > 0.95 {
			t.Errorf("%.2f of the pairs are reachable: too easy or too hard to mean anything", share)
		}
		t.Logf("%d people: %d records, %d pairs, %d reachable, in %v", people, records, pairs, reachable, took)
	}
}

func TestLinkingIsPlainData(t *testing.T) {
	l := sim.NewWorld(sim.WorldOptions{}).Linking()
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var back sim.Linking
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(l, back) {
		t.Errorf("%v: %s", err, text)
	}
	for _, p := range append(slices.Clone(l.BotPatterns), l.OrganizationPatterns...) {
		if _, err := regexp.Compile(p); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkWorld(b *testing.B) {
	for b.Loop() {
		sim.NewWorld(sim.WorldOptions{People: 10_000})
	}
}
