package pipefy_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

// act draws one membership mutation, sensible or not.
func act(r *rapid.T) string {
	email := rapid.SampledFrom([]string{"root", "ana", "bo", "cyd", "dan", "eve", "new1", "NEW1", "new2"}).Draw(r, "who") + "@example.com"
	id := rapid.IntRange(1, 9).Draw(r, "id")
	role := rapid.SampledFrom([]string{"super_admin", "admin", "normal", "company_guest", "external_guest", "member", "creator", "auditor", "nonsense"}).Draw(r, "role")
	place := rapid.SampledFrom([]string{"organization_id:100", "organization_id:200", "pipe_id:301", "pipe_id:302", "pipe_id:303", "table_id:901"}).Draw(r, "place")
	switch rapid.IntRange(0, 5).Draw(r, "act") {
	case 0, 1:
		return fmt.Sprintf(`inviteMembers(input:{%s,emails:{email:%q,role_name:%q}}){users{id}}`, place, email, role)
	case 2:
		return fmt.Sprintf(`setRole(input:{%s,member:{user_id:%d,role_name:%q}}){member{role_name}}`, place, id, role)
	case 3:
		return fmt.Sprintf(`setRoles(input:{%s,members:[{user_id:%d,role_name:%q}]}){errors}`, place, id, role)
	case 4:
		return fmt.Sprintf(`removeUserFromOrg(input:{organization_id:100,email:%q}){success}`, email)
	}
	return fmt.Sprintf(`removeUserFromPipe(input:{pipe_id:301,email:%q}){success}`, email)
}

// TestMembershipStaysSound: no sequence of acts puts a guest or a stranger into a pipe or table,
// makes two users of one address, or lets the counts disagree with the lists. NewState checks the
// first two, so that the state must always be able to load itself.
func TestMembershipStaysSound(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := start(t, smallWorld(), pipefy.Options{})
		for range rapid.IntRange(1, 15).Draw(r, "acts") {
			who := rapid.SampledFrom([]string{"root", "ana", "bo", "dan", "eve"}).Draw(r, "caller")
			before := s.state.Data()
			a := s.ask(who, "mutation{x:"+act(r)+"}", nil)
			if a.status != 200 || a.Data == nil {
				r.Fatalf("status %d: %s", a.status, a.raw)
			}
			if a.Data["x"] == nil && fmt.Sprint(before) != fmt.Sprint(s.state.Data()) {
				r.Fatalf("a refused act changed the state: %s", a.raw)
			}
		}
		data := s.state.Data()
		if _, err := pipefy.NewState(data); err != nil {
			r.Fatal(err)
		}
		for _, o := range data.Organizations {
			caller := map[int64]string{100: "svc", 200: "eve"}[o.ID]
			a := s.ask(caller, fmt.Sprintf(`{organization(id:%d){membersCount members{role_name} membersCountByRole{memberCount}}}`, o.ID), nil)
			if a.Data["organization"] == nil {
				continue // the caller was removed
			}
			sum := 0.0
			for _, role := range at(t, a.Data, "organization", "membersCountByRole").([]any) {
				sum += at(t, role, "memberCount").(float64)
			}
			listed := float64(len(at(t, a.Data, "organization", "members").([]any)))
			if count := at(t, a.Data, "organization", "membersCount"); count != listed || sum != listed {
				r.Fatalf("organization %d counts %v, lists %v, sums to %v by role", o.ID, count, listed, sum)
			}
		}
	})
}
