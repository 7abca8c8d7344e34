package collect

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// TestSharedFormats pins what replicas write for each other. A change here is a new schema version there.
func TestSharedFormats(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	pin(t, permissionCodec, 1, `{"all":[{"name":"can_add_products","granted":true},{"name":"can_use_api"}],"tokens":10}`,
		person.Permission{Name: "can_add_products", Granted: true}, person.Permission{Name: "can_use_api"})
	pin(t, roleAssignmentCodec, 1, `{"all":[{"role":2,"parent":1,"name":"Sales","type":"1","active":true},{"role":3,"name":"x"}],"tokens":10}`,
		person.RoleAssignment{RoleID: 2, ParentRoleID: new(int64(1)), Name: "Sales", Type: "1", IsActive: true}, person.RoleAssignment{RoleID: 3, Name: "x"})
	pin(t, roleSettingCodec, 1, `{"all":[{"name":"deal_default_visibility","value":3}],"tokens":10}`,
		person.RoleSetting{Name: "deal_default_visibility", Value: 3})
	pin(t, followerCodec, 1, `{"all":[{"user":7,"added":"2026-11-21T12:00:00Z"},{"user":8}],"tokens":10}`,
		person.Follower{UserID: 7, AddedAt: at}, person.Follower{UserID: 8})
	pin(t, triggerCodec, 2, `{"all":[{"id":"dc_1","name":"n","type":"t","component":"c","active":false,"accounts":["apn_1"],"created":"2026-11-21T12:00:00Z","updated":"2026-11-21T12:00:00Z"},{"id":"hi_1"}],"tokens":10}`,
		person.DeployedTrigger{ID: "dc_1", Name: "n", Type: "t", ComponentKey: "c", Active: new(false), Accounts: []string{"apn_1"}, CreatedAt: at, UpdatedAt: at},
		person.DeployedTrigger{ID: "hi_1"})
	pin(t, followerCodec, 1, `{"all":[],"tokens":10}`)
}

func pin[T any](t *testing.T, c codec[T], schema uint32, want string, all ...T) {
	t.Helper()
	if all == nil {
		all = []T{}
	}
	b, err := c.encode(list[T]{all: all, tokens: 10})
	if err != nil || string(b) != want || c.schema != schema {
		t.Errorf("version %d, %v:\n%s, want\n%s", c.schema, err, b, want)
	}
	got, err := c.decode(b)
	if err != nil || got.tokens != 10 || !reflect.DeepEqual(got.all, all) {
		t.Errorf("came back as %+v, %v", got, err)
	}
}

// TestKeyNamesAreStableAndDistinct: they are hashed into the names of keys in Redis.
func TestKeyNamesAreStableAndDistinct(t *testing.T) {
	key := func(source, account, id string) userKey {
		return userKey{person.SourceID(source), person.Key{System: person.Pipedrive, Account: account, ID: id}}
	}
	if n := key("acme", "7001", "100").name(); n != `"acme" pipedrive "7001" "100"` {
		t.Error(n)
	}
	if n := (roleKey{source: "acme", account: "7001", role: 3}).name(); n != `"acme" "7001" role 3 user 0` {
		t.Error(n)
	}
	seen := map[string]bool{}
	for _, k := range []userKey{key("a", "b", "c"), key(`a" pipedrive "b`, "", "c"), key("a", `b" "c`, ""), key("a b", "", "c"), key("a", "b c", "")} {
		if seen[k.name()] {
			t.Errorf("%q twice", k.name())
		}
		seen[k.name()] = true
	}
}

func TestFaultsCross(t *testing.T) {
	for k := fault.Internal; k <= fault.Conflict; k++ {
		f := fault.Wrap(k, errPrivate, "Something is so.")
		f.Source, f.RetryAfter = "acme", 3*time.Second
		got := fault.From(decodeFault(encodeFault(f)))
		if got.Kind != k || got.Message != f.Message || got.Source != "acme" || got.RetryAfter != 3*time.Second || got.Cause != nil {
			t.Errorf("%s came back as %+v", k.Code(), got)
		}
	}
	b := string(encodeFault(errPrivate))
	if !strings.Contains(b, "INTERNAL") || strings.Contains(b, "ann") {
		t.Errorf("a failure that is no fault tells %s", b)
	}
}

var errPrivate = errors.New("ann@example.com is not known to us")

// FuzzDecode: whatever stands in Redis, decoding it does no harm, and what is decoded can be kept again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"all":[{"id":"dc_1","active":false,"created":"2026-11-21T12:00:00Z"}],"tokens":10}`, `{"all":null}`, `[]`, ``, `{"all":[{"role":1e99}]}`,
		`{"code":"NOT_FOUND","message":"m","retryAfter":-1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		try(t, permissionCodec, b)
		try(t, roleAssignmentCodec, b)
		try(t, roleSettingCodec, b)
		try(t, followerCodec, b)
		try(t, triggerCodec, b)
		if err := decodeFault(b); err == nil || fault.From(err).Message == "" || fault.From(err).RetryAfter < 0 {
			t.Errorf("%+v", err)
		}
	})
}

func try[T any](t *testing.T, c codec[T], b []byte) {
	l, err := c.decode(b)
	if err != nil {
		return
	}
	if l.all == nil {
		t.Error("nil would say unknown")
	}
	if _, err := c.encode(l); err != nil {
		t.Errorf("what was decoded cannot be encoded: %v", err)
	}
}
