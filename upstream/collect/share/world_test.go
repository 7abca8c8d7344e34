package share

import (
	"fmt"
	"hash/crc32"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
	"github.com/manifold-graph/manifold/upstream/collect"
)

func crc(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// company is a reading of n Pipedrive users with a grant for every app.
func company(n int) *collect.Reading {
	r := &collect.Reading{Title: "Acme", Owner: person.Key{System: person.Pipedrive, Account: "7001", ID: "1"}, OwnerPhone: "+1"}
	b := &r.Batch
	b.Source, b.System, b.Account = "crm", person.Pipedrive, "7001"
	b.AsOf = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	b.Coverage = person.Coverage{Seen: n, Total: -1, Complete: true, GrantsComplete: true}
	root := &person.Resource{Key: person.ResourceKey{System: b.System, Account: b.Account, Kind: person.ResourceCompany, ID: b.Account}, Source: b.Source, Name: "Acme", MembersComplete: true}
	b.Resources = append(b.Resources, root)
	for _, app := range []string{"sales", "projects", "campaigns", "global", "account_settings"} {
		b.Resources = append(b.Resources, &person.Resource{Key: person.ResourceKey{System: b.System, Account: b.Account, Kind: person.ResourceCompanyApp, ID: app},
			Source: b.Source, Name: app, Parent: root, MembersComplete: true})
	}
	for u := range n {
		lang, role := 1, int64(u%7)
		i := &person.Identity{
			Key: person.Key{System: b.System, Account: b.Account, ID: fmt.Sprint(u)}, Source: b.Source, Name: fmt.Sprintf("Ann %d Example", u),
			Email: fmt.Sprintf("ann.%d@acme.example", u), EmailVerified: true, AvatarURL: fmt.Sprintf("https://cdn.example/%x.png", u*7919),
			CreatedAt: b.AsOf.Add(-time.Duration(u) * time.Hour), LastSeenAt: b.AsOf.Add(-time.Duration(u) * time.Minute),
			Pipedrive: &person.PipedriveUser{UserID: int64(u), CompanyID: 7001, Lang: &lang, Locale: "en_US", TimezoneName: "Europe/Tallinn", TimezoneOffset: "+02:00",
				DefaultCurrency: "EUR", RoleID: &role, ActiveFlag: true, Modified: b.AsOf.Add(-time.Duration(u) * time.Minute), LastLogin: b.AsOf.Add(-time.Duration(u) * time.Minute)},
		}
		for n, resource := range b.Resources[1 : 2+u%5] {
			i.Grants = append(i.Grants, person.Grant{Resource: resource, Level: person.LevelMember, Role: "user"})
			i.Pipedrive.Access = append(i.Pipedrive.Access, person.PipedriveAccess{App: resource.Key.ID, Admin: n == 3, PermissionSetID: "6a1b-" + resource.Key.ID})
		}
		b.Identities = append(b.Identities, i)
	}
	return r
}
