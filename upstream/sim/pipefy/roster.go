package pipefy

import "slices"

// roster is the members of one organization, pipe or table, in listing order.
type roster struct {
	order []int64
	byID  map[int64]Member
}

func newRoster(members []Member) *roster {
	r := &roster{order: make([]int64, 0, len(members)), byID: make(map[int64]Member, len(members))}
	for _, m := range members {
		r.put(m)
	}
	return r
}

func (r *roster) len() int { return len(r.order) }

func (r *roster) has(user int64) bool { _, ok := r.byID[user]; return ok }

func (r *roster) role(user int64) string { return r.byID[user].Role }

// put adds m, or replaces the user's membership in place.
func (r *roster) put(m Member) {
	if !r.has(m.UserID) {
		r.order = append(r.order, m.UserID)
	}
	r.byID[m.UserID] = m
}

func (r *roster) remove(user int64) bool {
	if !r.has(user) {
		return false
	}
	delete(r.byID, user)
	i := slices.Index(r.order, user)
	r.order = slices.Delete(r.order, i, i+1)
	return true
}

func (r *roster) members() []Member {
	out := make([]Member, len(r.order))
	for i, id := range r.order {
		out[i] = r.byID[id]
	}
	return out
}
