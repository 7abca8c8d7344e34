package directory

import (
	"strings"
	"sync"

	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// newIndex links and indexes identities, which are unique and in the order of
// their keys. Independent parts are made at the same time.
// Beside tells who is in the picture that is not among identities; nil: nobody is.
func newIndex(in *Input, batches []person.Batch, identities []*person.Identity, decisions []link.Decision, beside func(person.Key) bool) *index {
	linker := in.Linker
	x := &index{
		identities: identities,
		keys:       sync.OnceValue(func() *link.KeyIndex { return linker.Index(identities) }),
	}
	var linked link.Result
	var reach grantTable
	together(
		func() { linked = in.Linker.Link(identities, decisions) },
		func() {
			if in.Names == nil {
				x.callAlone(in.PersonID)
			}
			x.bySource, x.accounts = sourcesAndAccounts(identities)
		},
		func() { x.resources, reach = newResources(batches, identities) },
	)
	x.kinds = linked.Kind
	x.clusters = newClusters(linked.Cluster)
	if in.Names != nil {
		x.call(in.Names, linked.Cluster, beside)
	}
	together(
		func() { x.names = x.nameWords() },
		func() { x.emails = x.emailWords() },
		func() {
			var domains domainTable
			x.mailboxes, domains = newMailboxes(in.Linker, identities)
			x.facets = newFacets(x, domains, reach)
			x.evidence = newEvidence(x, linked)
		},
		func() { x.orders = newOrders(x) },
	)
	return x
}

func together(tasks ...func()) {
	var all sync.WaitGroup
	for _, task := range tasks {
		all.Go(task)
	}
	all.Wait()
}

// sourcesAndAccounts goes over runs of one account and source, which are long.
func sourcesAndAccounts(identities []*person.Identity) (map[person.SourceID][]int32, []person.Key) {
	bySource := map[person.SourceID][]int32{}
	var accounts []person.Key
	for start := 0; start < len(identities); {
		source, account := identities[start].Source, identities[start].Key
		account.ID = ""
		list, end := bySource[source], start
		for ; end < len(identities); end++ {
			i := identities[end]
			if i.Source != source || i.Key.System != account.System || i.Key.Account != account.Account {
				break
			}
			list = append(list, int32(end))
		}
		bySource[source] = list
		if len(accounts) == 0 || accounts[len(accounts)-1] != account {
			accounts = append(accounts, account)
		}
		start = end
	}
	return bySource, accounts
}

// nameWords indexes people by every name that a system reports, and by the id
// where it is all there is. An id that is an address is found as an address, for
// not everybody may look for those.
func (x *index) nameWords() vocabulary {
	return x.words(func(i *person.Identity) string {
		name := nameOf(i)
		if name == "" && i.Email == "" && !strings.Contains(i.Key.ID, "@") {
			return i.Key.ID
		}
		return name
	})
}

func (x *index) emailWords() vocabulary {
	return x.words(func(i *person.Identity) string {
		if i.Email == "" && strings.Contains(i.Key.ID, "@") {
			return i.Key.ID
		}
		return i.Email
	})
}

// words indexes people by the words of a text of each of their identities, which
// is mostly the same text.
func (x *index) words(text func(*person.Identity) string) vocabulary {
	b := newVocabularyBuilder(x.people())
	for p := range int32(x.people()) {
		last := ""
		for _, i := range x.clusters.of(p) {
			if t := text(x.identities[i]); t != last {
				b.add(p, t)
				last = t
			}
		}
	}
	return b.build(x.people())
}
