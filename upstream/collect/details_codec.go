package collect

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/graph/person"
)

// The types below are details as the second level keeps them. Names and types are a format: whoever changes one,
// or its meaning, raises the schema version in codecs. Each converts to and from the domain's type, so that a field that is
// added there does not compile until it has a name here.

type sharedPermission struct {
	Name    string `json:"name"`
	Granted bool   `json:"granted,omitempty"`
}

type sharedRoleAssignment struct {
	RoleID       int64  `json:"role"`
	ParentRoleID *int64 `json:"parent,omitempty"`
	Name         string `json:"name"`
	Type         string `json:"type,omitempty"`
	IsActive     bool   `json:"active,omitempty"`
}

type sharedRoleSetting struct {
	Name  string `json:"name"`
	Value int    `json:"value"`
}

type sharedFollower struct {
	UserID  int64     `json:"user"`
	AddedAt time.Time `json:"added,omitzero"`
}

type sharedTrigger struct {
	ID           string    `json:"id"`
	Name         string    `json:"name,omitempty"`
	Type         string    `json:"type,omitempty"`
	ComponentKey string    `json:"component,omitempty"`
	Active       *bool     `json:"active,omitempty"`
	Accounts     []string  `json:"accounts,omitempty"`
	CreatedAt    time.Time `json:"created,omitzero"`
	UpdatedAt    time.Time `json:"updated,omitzero"`
}

// codec turns lists into bytes and back.
type codec[T any] struct {
	schema uint32
	encode func(list[T]) ([]byte, error)
	decode func([]byte) (list[T], error)
}

var (
	permissionCodec = newCodec(1, func(p person.Permission) sharedPermission { return sharedPermission(p) },
		func(p sharedPermission) person.Permission { return person.Permission(p) })
	roleAssignmentCodec = newCodec(1, func(a person.RoleAssignment) sharedRoleAssignment { return sharedRoleAssignment(a) },
		func(a sharedRoleAssignment) person.RoleAssignment { return person.RoleAssignment(a) })
	roleSettingCodec = newCodec(1, func(s person.RoleSetting) sharedRoleSetting { return sharedRoleSetting(s) },
		func(s sharedRoleSetting) person.RoleSetting { return person.RoleSetting(s) })
	followerCodec = newCodec(1, func(f person.Follower) sharedFollower { return sharedFollower(f) },
		func(f sharedFollower) person.Follower { return person.Follower(f) })
	triggerCodec = newCodec(2, func(t person.DeployedTrigger) sharedTrigger { return sharedTrigger(t) },
		func(t sharedTrigger) person.DeployedTrigger { return person.DeployedTrigger(t) })
)

// newCodec makes the codec of lists of T, which are kept as S.
func newCodec[T, S any](schema uint32, to func(T) S, from func(S) T) codec[T] {
	type shared struct {
		All    []S `json:"all"`
		Tokens int `json:"tokens,omitempty"`
	}
	return codec[T]{
		schema: schema,
		encode: func(l list[T]) ([]byte, error) {
			return json.Marshal(shared{All: convert(l.all, to), Tokens: l.tokens})
		},
		decode: func(b []byte) (list[T], error) {
			var s shared
			if err := json.Unmarshal(b, &s); err != nil {
				return list[T]{}, fmt.Errorf("decode shared detail: %w", err)
			}
			return list[T]{all: convert(s.All, from), tokens: s.Tokens}, nil
		},
	}
}

// convert is never nil, for nil would say "unknown".
func convert[A, B any](all []A, to func(A) B) []B {
	out := make([]B, len(all))
	for i, a := range all {
		out[i] = to(a)
	}
	return out
}

// sharedFault is a failure as other replicas may know it: without its private cause.
type sharedFault struct {
	Code       string        `json:"code"`
	Message    string        `json:"message"`
	Source     string        `json:"source,omitempty"`
	RetryAfter time.Duration `json:"retryAfter,omitempty"`
}

func encodeFault(err error) []byte {
	f := fault.From(err)
	b, err := json.Marshal(sharedFault{Code: f.Kind.Code(), Message: f.Message, Source: f.Source, RetryAfter: f.RetryAfter})
	if err != nil {
		return nil // a failure that cannot be told is found out again
	}
	return b
}

// decodeFault reads what encodeFault wrote. What cannot be read is still a failure.
func decodeFault(b []byte) error {
	var s sharedFault
	if err := json.Unmarshal(b, &s); err != nil || s.Message == "" {
		return fault.Wrap(fault.SourceUnavailable, err, "Another replica could not read this. Ask again in a moment.")
	}
	f := fault.New(fault.Internal, "%s", s.Message)
	f.Source, f.RetryAfter = s.Source, max(s.RetryAfter, 0)
	for k := fault.Internal; k <= fault.Conflict; k++ {
		if k.Code() == s.Code {
			f.Kind = k
		}
	}
	return f
}
