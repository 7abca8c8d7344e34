package link

import "github.com/manifold-graph/manifold/graph/person"

// forest is a union-find over ranks that refuses to bring together what may not
// be one person.
type forest struct {
	ranked
	kind   []person.Kind // of each root's cluster
	parent []int32
	// The users of a cluster, one per account and user id, as a list from its root.
	head, next, count []int32
	// index finds the users of large clusters by account.
	index map[int32]map[int32][]int32
	// foes lists, for each root, the ranks that a human set apart from its cluster.
	foes  map[int32][]int32
	steps int // users and foes compared, for the test of linearity
}

// indexAt is the number of users from which a cluster has an index. Hardly any
// human has so many accounts.
const indexAt = 16

func newForest(r ranked, kind []person.Kind) *forest {
	n := len(r.ids)
	f := &forest{
		ranked: r, kind: append([]person.Kind(nil), kind...), parent: make([]int32, n),
		head: make([]int32, n), next: make([]int32, n), count: make([]int32, n),
		index: make(map[int32]map[int32][]int32), foes: make(map[int32][]int32),
	}
	for i := range f.parent {
		f.parent[i], f.head[i], f.next[i] = int32(i), -1, -1
		if r.account[i] >= 0 {
			f.head[i], f.count[i] = int32(i), 1
		}
	}
	return f
}

func (f *forest) find(x int32) int32 {
	for f.parent[x] != x {
		f.parent[x] = f.parent[f.parent[x]]
		x = f.parent[x]
	}
	return x
}

// apart keeps x and y, which are in different clusters, so for ever.
func (f *forest) apart(x, y int32) {
	rx, ry := f.find(x), f.find(y)
	f.foes[rx] = append(f.foes[rx], y)
	f.foes[ry] = append(f.foes[ry], x)
}

// enemies tells whether a human set the clusters of two roots apart.
func (f *forest) enemies(rx, ry int32) bool {
	a, b := f.foes[rx], f.foes[ry]
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	if len(a) > len(b) {
		a, ry = b, rx
	}
	for _, x := range a {
		f.steps++
		if f.find(x) == ry {
			return true
		}
	}
	return false
}

// rivals gives two users of one account who would become one person if two
// clusters were joined; -1 when there are none. Users whom a human has joined
// already count as one.
func (f *forest) rivals(rx, ry int32) (int32, int32) {
	if f.count[rx] == 0 || f.count[ry] == 0 {
		return -1, -1
	}
	if f.count[rx] > f.count[ry] {
		rx, ry = ry, rx
	}
	for x := f.head[rx]; x >= 0; x = f.next[x] {
		rival, same := int32(-1), false
		for y := range f.users(ry, f.account[x]) {
			f.steps++
			if f.sameUser(x, y) {
				same = true
				break
			}
			if rival < 0 || y < rival {
				rival = y
			}
		}
		if rival >= 0 && !same && !f.covered(ry, rx, f.account[x]) {
			return x, rival
		}
	}
	return -1, -1
}

// covered tells whether every user of an account in cluster rx is in cluster ry too.
func (f *forest) covered(rx, ry, account int32) bool {
	for x := range f.users(rx, account) {
		found := false
		for y := range f.users(ry, account) {
			f.steps++
			if found = f.sameUser(x, y); found {
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func (f *forest) sameUser(x, y int32) bool { return f.ids[x].Key.ID == f.ids[y].Key.ID }

// users yields the users that a cluster has in one account.
func (f *forest) users(root, account int32) func(func(int32) bool) {
	return func(yield func(int32) bool) {
		if f.count[root] < indexAt {
			for x := f.head[root]; x >= 0; x = f.next[x] {
				if f.account[x] == account && !yield(x) {
					return
				}
			}
			return
		}
		byAccount := f.index[root]
		if byAccount == nil {
			byAccount = make(map[int32][]int32)
			for x := f.head[root]; x >= 0; x = f.next[x] {
				byAccount[f.account[x]] = append(byAccount[f.account[x]], x)
			}
			f.index[root] = byAccount
		}
		for _, x := range byAccount[account] {
			if !yield(x) {
				return
			}
		}
	}
}

// join makes two clusters one, whatever they hold. The one with more users
// keeps its root, so that a user moves at most log n times.
func (f *forest) join(rx, ry int32) {
	if f.count[rx] > f.count[ry] || f.count[rx] == f.count[ry] && rx < ry {
		rx, ry = ry, rx
	}
	for x := f.head[rx]; x >= 0; {
		following, known := f.next[x], false
		for y := range f.users(ry, f.account[x]) {
			if known = f.sameUser(x, y); known {
				break
			}
		}
		if !known {
			if byAccount := f.index[ry]; byAccount != nil {
				byAccount[f.account[x]] = append(byAccount[f.account[x]], x)
			}
			f.next[x] = f.head[ry]
			f.head[ry] = x
			f.count[ry]++
		}
		x = following
	}
	delete(f.index, rx)
	f.parent[rx] = ry
	f.kind[ry] = max(f.kind[rx], f.kind[ry])
	if a, b := f.foes[rx], f.foes[ry]; len(a) > 0 {
		if len(a) > len(b) {
			a, b = b, a
		}
		f.foes[ry] = append(b, a...)
		delete(f.foes, rx)
	}
}
