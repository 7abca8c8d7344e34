package link

import (
	"bytes"

	"github.com/manifold-graph/manifold/graph/person"
)

// relateAddress links those who share an address, unless it belongs to a role or
// to several people.
func (r *run) relateAddress(key int32, group []entry) {
	role := r.l.shared(r.text(key))
	contested := !role && r.disputed(group)
	if !contested && !role {
		r.relate(key, group)
		return
	}
	var users []int32
	for _, e := range group {
		if e.marks&markHolder != 0 {
			r.disowned[e.ident] = true
		}
		if e.marks&markSuggest == 0 && (len(users) == 0 || users[len(users)-1] != e.ident) {
			users = append(users, e.ident)
		}
	}
	if len(users) > 1 {
		r.contested[key] = users
	}
	if contested {
		r.clashes = append(r.clashes, clash{edge: edge{key: key}, reason: ConflictContestedEmail})
	}
}

// disputed tells whether an address is used by several people: by two users of
// one account, or by people whose names say that it changed hands.
func (r *run) disputed(group []entry) bool {
	last, reference, holders := int32(-1), int32(-1), 0
	for _, e := range group {
		if e.marks&markHolder == 0 {
			continue
		}
		x := e.ident
		// Users of one account are neighbours in the order of ranks.
		if last >= 0 && r.account[x] >= 0 && r.account[x] == r.account[last] && !r.sameUser(x, last) && r.find(x) != r.find(last) {
			return true
		}
		last = x
		holders++
		if r.ids[x].Name != "" && (reference < 0 || r.ids[reference].State != person.StateActive && r.ids[x].State == person.StateActive) {
			reference = x
		}
	}
	if holders < 2 || reference < 0 {
		return false
	}
	for _, e := range group {
		if e.marks&markHolder != 0 && e.ident != reference && r.otherHands(e.ident, reference) {
			return true
		}
	}
	return false
}

// otherHands tells whether two holders of an address look like two people. A
// deactivated record may be of an earlier owner, so its name must agree; two
// records in use need only have something in common.
func (r *run) otherHands(x, y int32) bool {
	a, b := r.ids[x], r.ids[y]
	if a.Name == "" || a.Name == b.Name || a.Key.System == b.Key.System && r.sameUser(x, y) {
		return false
	}
	var first, second [64]byte
	fa, na := foldName(first[:0], a.Name)
	fb, nb := foldName(second[:0], b.Name)
	if na == 0 || nb == 0 || bytes.Equal(fa, fb) || r.find(x) == r.find(y) {
		return false
	}
	if a.State == person.StateInactive || b.State == person.StateInactive {
		return !agree(words(a.Name), words(b.Name))
	}
	return strangers(words(a.Name), words(b.Name))
}

// relate draws a star of evidence over a group: from the entry that is worth
// most to every other. That connects n identities by n-1 edges.
func (r *run) relate(key int32, group []entry) {
	if r.family(key) == familyHash {
		for _, e := range group {
			if e.marks&markHolder != 0 && r.addressBlocked(e.ident) {
				return
			}
		}
	}
	center := -1
	for i := range group {
		if r.usable(&group[i]) && group[i].marks&markSuggest == 0 && (center < 0 || r.worth(&group[i]) > r.worth(&group[center])) {
			center = i
		}
	}
	if center < 0 {
		return
	}
	c := &group[center]
	for i := range group {
		e := &group[i]
		if e.ident == c.ident || !r.usable(e) {
			continue
		}
		rule := e.rule
		if e.marks&markHolder == 0 && c.marks&markHolder == 0 {
			rule = r.weaker(e.rule, c.rule)
		} else if e.marks&markHolder != 0 && c.marks&markHolder == 0 {
			rule = c.rule
		}
		if rule == ruleNone {
			continue
		}
		trust := Claimed
		if e.marks&c.marks&markVerified != 0 {
			trust = r.l.rules[rule].trust
		}
		r.addEdge(e.ident, c.ident, key, rule, trust, e.marks&markSuggest != 0)
	}
}

// addressBlocked tells whether an identity's own address links nobody.
func (r *run) addressBlocked(x int32) bool {
	if r.disowned[x] {
		return true
	}
	address, _ := r.l.Canonical(r.ids[x].Email)
	return r.l.shared([]byte(address))
}

// usable is false for those whom a mapping found by an address that links nobody.
func (r *run) usable(e *entry) bool {
	return e.marks&markByEmail == 0 || !r.addressBlocked(e.ident)
}

// worth ranks entries as centers: those who have the key before those who speak
// of it, then the verified, then the active.
func (r *run) worth(e *entry) int {
	w := 0
	if e.marks&markHolder != 0 {
		w += 4
	}
	if e.marks&markVerified != 0 {
		w += 2
	}
	if r.ids[e.ident].State == person.StateActive {
		w++
	}
	return w
}

func (r *run) weaker(x, y int16) int16 {
	a, b := &r.l.rules[x], &r.l.rules[y]
	if b.strength < a.strength || b.strength == a.strength && y < x {
		return y
	}
	return x
}

func (r *run) addEdge(a, b, key int32, rule int16, trust Trust, suggest bool) {
	e := edge{a: min(a, b), b: max(a, b), key: key, rule: rule, trust: trust}
	if suggest || r.l.rules[rule].strength < r.l.minStrength {
		e.fate = weak
	}
	r.edges = append(r.edges, e)
}

// suggestNamesakes proposes people of one name as one, unless there are so many
// that the name says nothing.
func (r *run) suggestNamesakes(key int32, group []entry) {
	people := make([]int32, 0, 8)
	for _, e := range group {
		root, met := r.find(e.ident), false
		for _, x := range people {
			met = met || r.find(x) == root
		}
		if met {
			continue
		}
		if len(people) == r.l.maxNamesakes {
			return
		}
		people = append(people, e.ident)
	}
	for _, x := range people[1:] {
		r.addEdge(people[0], x, key, ruleName, r.l.rules[ruleName].trust, true)
	}
}
