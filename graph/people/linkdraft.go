package people

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/manifold-graph/manifold/graph/access"
	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/graph/link"
	"github.com/manifold-graph/manifold/graph/person"
)

// LinkInput names the accounts of a decision, as clients do.
type LinkInput struct {
	IdentityIDs    []string
	Reason         string
	IdempotencyKey *string
}

// UnlinkInput says which account is to be apart from which.
type UnlinkInput struct {
	IdentityID     string
	From           []string
	Reason         string
	IdempotencyKey *string
}

// UndoInput names the decision to take back.
type UndoInput struct {
	DecisionID     string
	Reason         string
	IdempotencyKey *string
}

var identityIDs = []string{"input", "identityIds"}

// Link makes accounts one person.
func (l *Links) Link(ctx context.Context, who access.Principal, in LinkInput) (*LinkOutcome, error) {
	return l.carryOut(ctx, who, request{"linkIdentities", link.ActLink, in.Reason, in.IdempotencyKey, in.IdentityIDs,
		func(v directory.View, s *link.Standing, e *link.Entry) []UserError {
			if len(in.IdentityIDs) < 2 || len(in.IdentityIDs) > link.MaxKeys {
				return []UserError{{ErrorInvalid, fmt.Sprintf("Give 2 to %d accounts; %d were given.", link.MaxKeys, len(in.IdentityIDs)), identityIDs}}
			}
			found, wrong := l.accounts(v, in.IdentityIDs, identityIDs)
			if len(wrong) > 0 {
				return wrong
			}
			e.Keys = found
			if wrong = l.joinable(v, s, e); len(wrong) > 0 {
				return wrong
			}
			for i, a := range e.Keys {
				e.SameAccount = e.SameAccount || slices.ContainsFunc(e.Keys[i:], func(b person.Key) bool { return link.Rivals(a, b) })
			}
			return l.settled(s, e, identityIDs)
		}})
}

// Unlink keeps an account apart from others of its person, or from all of them.
func (l *Links) Unlink(ctx context.Context, who access.Principal, in UnlinkInput) (*LinkOutcome, error) {
	return l.carryOut(ctx, who, request{"unlinkIdentity", link.ActUnlink, in.Reason, in.IdempotencyKey, []any{in.IdentityID, in.From},
		func(v directory.View, s *link.Standing, e *link.Entry) []UserError {
			at := []string{"input", "identityId"}
			first, wrong := l.account(v, in.IdentityID, at)
			if in.From != nil {
				at = []string{"input", "from"}
				if len(in.From) < 1 || len(in.From) >= link.MaxKeys {
					return append(wrong, UserError{ErrorInvalid, fmt.Sprintf("Give 1 to %d accounts, or leave from out; %d were given.", link.MaxKeys-1, len(in.From)), at})
				}
				others, more := l.accounts(v, in.From, at)
				if wrong = append(wrong, more...); len(wrong) == 0 && slices.Contains(others, first) {
					wrong = append(wrong, UserError{ErrorInvalid, "An account cannot be kept apart from itself.", at})
				}
				e.Keys = append([]person.Key{first}, others...)
			} else if len(wrong) == 0 {
				i, _ := v.Identity(first)
				e.Keys = []person.Key{first}
				for _, other := range i.Person().Identities() {
					if other.Key() != first {
						e.Keys = append(e.Keys, other.Key())
					}
				}
				switch {
				case len(e.Keys) == 1:
					wrong = append(wrong, UserError{ErrorConflict, "This account is linked to no other. Name those that it is to be kept apart from in from.", at})
				case len(e.Keys) > link.MaxKeys:
					wrong = append(wrong, UserError{ErrorInvalid, fmt.Sprintf("Its person has more than %d accounts. Name those that it is to be kept apart from in from.", link.MaxKeys), at})
				}
			}
			if len(wrong) > 0 {
				return wrong
			}
			return l.settled(s, e, at)
		}})
}

// Confirm follows a suggestion.
func (l *Links) Confirm(ctx context.Context, who access.Principal, in LinkInput) (*LinkOutcome, error) {
	return l.carryOut(ctx, who, request{"confirmLinkSuggestion", link.ActConfirm, in.Reason, in.IdempotencyKey, in.IdentityIDs,
		func(v directory.View, s *link.Standing, e *link.Entry) []UserError {
			if wrong := l.suggested(v, in.IdentityIDs, e); len(wrong) > 0 {
				return wrong
			}
			return l.joinable(v, s, e)
		}})
}

// Dismiss rules a suggestion out.
func (l *Links) Dismiss(ctx context.Context, who access.Principal, in LinkInput) (*LinkOutcome, error) {
	return l.carryOut(ctx, who, request{"dismissLinkSuggestion", link.ActDismiss, in.Reason, in.IdempotencyKey, in.IdentityIDs,
		func(v directory.View, s *link.Standing, e *link.Entry) []UserError {
			if wrong := l.suggested(v, in.IdentityIDs, e); len(wrong) > 0 {
				return wrong
			}
			return l.settled(s, e, identityIDs)
		}})
}

// Undo takes a decision back.
func (l *Links) Undo(ctx context.Context, who access.Principal, in UndoInput) (*LinkOutcome, error) {
	return l.carryOut(ctx, who, request{"undoLinkDecision", link.ActUndo, in.Reason, in.IdempotencyKey, in.DecisionID,
		func(_ directory.View, s *link.Standing, e *link.Entry) []UserError {
			at := []string{"input", "decisionId"}
			id, err := l.service.ids.Decode(in.DecisionID)
			seq, is := id.LinkDecision()
			if err != nil || !is {
				return []UserError{{ErrorInvalid, "This is not the id of a decision. Use one as linkDecisions gave it.", at}}
			}
			if _, known := s.Entry(seq); !known {
				return []UserError{{ErrorNotFound, "There is no such decision.", at}}
			}
			if by, undone := s.Undone(seq); undone {
				return []UserError{{ErrorConflict, "This decision was taken back already. Undo that, to have it count again: " + l.service.ids.LinkDecision(by), at}}
			}
			e.Undoes = seq
			return nil
		}})
}

// suggested checks that two ids are those of a suggestion.
func (l *Links) suggested(v directory.View, ids []string, e *link.Entry) []UserError {
	if len(ids) != 2 {
		return []UserError{{ErrorInvalid, fmt.Sprintf("A suggestion has 2 accounts; %d were given.", len(ids)), identityIDs}}
	}
	found, wrong := l.accounts(v, ids, identityIDs)
	if len(wrong) > 0 {
		return wrong
	}
	e.Keys = found
	if !v.Suggested(found[0], found[1]) {
		return []UserError{{ErrorNotFound, "There is no suggestion about these two now. Read linkSuggestions again.", identityIDs}}
	}
	return nil
}

// accounts opens ids and finds the accounts, each named once; it tells everything that is wrong with them.
func (l *Links) accounts(v directory.View, ids []string, at []string) (found []person.Key, wrong []UserError) {
	for i, id := range ids {
		here := append(at[:len(at):len(at)], strconv.Itoa(i))
		k, no := l.account(v, id, here)
		if len(no) == 0 && slices.Contains(found, k) {
			no = []UserError{{ErrorInvalid, "This account is named twice.", here}}
		}
		found, wrong = append(found, k), append(wrong, no...)
	}
	return found, wrong
}

func (l *Links) account(v directory.View, id string, at []string) (person.Key, []UserError) {
	decoded, err := l.service.ids.Decode(id)
	key, is := decoded.Identity()
	if err != nil || !is {
		return key, []UserError{{ErrorInvalid, "This is not the id of an account. Use one of Person.identities.", at}}
	}
	if _, there := v.Identity(key); !there {
		return key, []UserError{{ErrorNotFound, "There is no such account now.", at}}
	}
	return key, nil
}

// settled refuses what is decided already, and notes what is contradicted.
func (l *Links) settled(s *link.Standing, e *link.Entry, at []string) []UserError {
	if s.Confirmed(*e) {
		return []UserError{{ErrorConflict, "This is decided already; nothing would change.", at}}
	}
	e.Supersedes = s.Contradicted(*e)
	return nil
}

// joinable refuses a join that would tear something else apart, so that nobody is surprised: who is to be joined is named.
func (l *Links) joinable(v directory.View, s *link.Standing, e *link.Entry) []UserError {
	joined := peopleOf(v, e.Keys)
	of := make(map[person.Key]int)
	for n, p := range joined {
		for _, i := range p.Identities() {
			of[i.Key()] = n
		}
	}
	named := func(a, b person.Key) bool { return slices.Contains(e.Keys, a) && slices.Contains(e.Keys, b) }
	for _, d := range s.Decisions() {
		x, hasA := of[d.A]
		y, hasB := of[d.B]
		if d.Verb == link.Apart && hasA && hasB && x != y && !named(d.A, d.B) {
			by, _ := s.Between(d.A, d.B)
			return []UserError{{ErrorConflict, "An earlier decision keeps other accounts of these people apart. Undo it first, or name those accounts too: " +
				l.service.ids.LinkDecision(by.Seq), identityIDs}}
		}
	}
	for a, x := range of {
		for b, y := range of {
			if x != y && link.Rivals(a, b) && !named(a, b) {
				return []UserError{{ErrorConflict, "Other accounts of these people are two users of one Pipedrive company or two Pipefy users, who are joined only when they are named. " +
					"Name them too, or unlink them first.", identityIDs}}
			}
		}
	}
	return nil
}
