package collect

import (
	"fmt"

	"github.com/manifold-graph/manifold/graph/person"
)

// keyName is a key that has a name, the same in every process.
type keyName interface {
	comparable
	name() string
}

// userKey is one account as one source sees it: another credential may see less.
type userKey struct {
	source person.SourceID
	key    person.Key
}

func keyOf(u *person.Identity) userKey { return userKey{source: u.Source, key: u.Key} }

func (k userKey) name() string {
	return fmt.Sprintf("%q %s %q %q", k.source, k.key.System, k.key.Account, k.key.ID)
}

// roleKey is a role of one company; or a user's unknown role, named by the user.
type roleKey struct {
	source  person.SourceID
	account string
	role    int64
	user    int64
}

func roleOf(u *person.Identity) roleKey {
	k := roleKey{source: u.Source, account: u.Key.Account}
	switch {
	case u.Pipedrive == nil:
	case u.Pipedrive.RoleID != nil:
		k.role = *u.Pipedrive.RoleID
	default:
		k.user = u.Pipedrive.UserID
	}
	return k
}

func (k roleKey) name() string {
	return fmt.Sprintf("%q %q role %d user %d", k.source, k.account, k.role, k.user)
}
