package link

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/manifold-graph/manifold/graph/person"
)

// synthetic makes n identities of about n/3 people with some mess, shuffled.
func synthetic(n int, seed uint64) []*person.Identity {
	rnd := rand.New(rand.NewPCG(seed, 1))
	all := make([]*person.Identity, 0, n+4)
	for p := 0; len(all) < n; p++ {
		id := strconv.Itoa(1000 + p)
		name := fmt.Sprintf("First%d Last%d", rnd.IntN(5000), rnd.IntN(50000))
		if p%20 < 3 { // three names in twenty have letters beyond ASCII
			name = fmt.Sprintf("Fírst%d Łast%d", rnd.IntN(5000), rnd.IntN(50000))
		}
		email := fmt.Sprintf("first.last%d@acme.com", p)
		all = append(all, pipedrive("1", id, name, email))
		switch p % 8 {
		case 0:
			all = append(all, pipedrive("2", id, name, email))
		case 1:
			email = "First.Last" + strconv.Itoa(p) + "+pf@ACME.com"
		case 2:
			all = append(all, pipedrive("1", "9"+id, name, email))
		}
		if p%10 != 0 {
			all = append(all, pipefy("300", id, name, email))
		}
		switch p % 5 {
		case 0:
			all = append(all, external("pipedrive:"+id))
		case 1:
			all = append(all, external("user-"+id, account("slack", email)))
		case 2:
			all = append(all, external(email))
		case 3:
			all = append(all, external(fmt.Sprintf("5f0c%04x-%08d", p&0xffff, p), account("google_calendar", email)))
		}
	}
	all = all[:n]
	rnd.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}
