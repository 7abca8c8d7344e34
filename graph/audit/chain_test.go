package audit_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/manifold-graph/manifold/graph/audit"
	"github.com/manifold-graph/manifold/graph/person"
)

var key = bytes.Repeat([]byte("k"), audit.MinKey)

func chain(t testing.TB, secret []byte) *audit.Chain {
	t.Helper()
	c, err := audit.NewChain(secret)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func records() *rapid.Generator[audit.Record] {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab é\x00")), 0, 4, -1)
	return rapid.Custom(func(t *rapid.T) audit.Record {
		r := audit.Record{
			Phase: audit.Phase(rapid.IntRange(1, 3).Draw(t, "phase")), Act: text.Draw(t, "act"), Action: text.Draw(t, "action"), Step: text.Draw(t, "step"),
			Actor: audit.Actor{Principal: text.Draw(t, "principal"), Client: text.Draw(t, "client")}, Request: text.Draw(t, "request"),
			Correlations: rapid.SliceOfN(text, 0, 2).Draw(t, "correlations"), Code: text.Draw(t, "code"), Result: audit.Result(rapid.IntRange(0, 6).Draw(t, "result")),
			Source: person.SourceID(text.Draw(t, "source")), Place: person.ResourceKey{System: person.Pipefy, Account: text.Draw(t, "place"), ID: text.Draw(t, "place id")},
			Person: person.ID{0: rapid.Byte().Draw(t, "person")},
		}
		for range rapid.IntRange(0, 2).Draw(t, "identities") {
			r.Identities = append(r.Identities, person.Key{System: person.Pipefy, Account: text.Draw(t, "account"), ID: text.Draw(t, "id")})
		}
		for range rapid.IntRange(0, 2).Draw(t, "costs") {
			r.Costs = append(r.Costs, audit.Cost{Source: person.SourceID(text.Draw(t, "source")), Tokens: rapid.IntRange(-1, 2).Draw(t, "tokens")})
		}
		r.Personal = []audit.Value{{Name: audit.Reason, Text: text.Draw(t, "reason")}, {Name: audit.Before, Text: text.Draw(t, "before")}}
		return r
	})
}

// write makes a log as a store does.
func write(t interface{ Fatal(...any) }, c *audit.Chain, list []audit.Record) ([]audit.Row, []audit.Head) {
	random := &counter{}
	heads := []audit.Head{c.Start()}
	var rows []audit.Row
	for i, r := range list {
		e, beside, err := audit.Seal(r, random)
		if err != nil {
			t.Fatal(err)
		}
		e.Seq, e.At = int64(i+1), time.UnixMicro(int64(1_000_000+i)).UTC()
		heads = append(heads, c.Next(heads[i], e))
		rows = append(rows, audit.Row{Entry: e, MAC: heads[i+1].MAC, Beside: beside})
	}
	return rows, heads
}

// counter is a source of salts that are all different.
type counter struct{ n byte }

func (c *counter) Read(p []byte) (int, error) {
	c.n++
	for i := range p {
		p[i] = c.n
	}
	return len(p), nil
}

func verify(c *audit.Chain, rows []audit.Row, stored audit.Head, witnesses ...audit.Head) audit.Report {
	v := c.Verify(nil, witnesses...)
	for _, r := range rows {
		v.Add(r)
	}
	return v.End(stored)
}

// clone shares nothing that damage may write to.
func clone(rows []audit.Row) []audit.Row {
	out := slices.Clone(rows)
	for i := range out {
		r := &out[i]
		r.Subjects, r.Correlations, r.Costs, r.Values = slices.Clone(r.Subjects), slices.Clone(r.Correlations), slices.Clone(r.Costs), slices.Clone(r.Values)
		r.IDs, r.Texts = slices.Clone(r.IDs), slices.Clone(r.Texts)
	}
	return out
}

// damages are what somebody who may write to the database, and has no key, could do. Each tells whether it changed anything.
var damages = map[string]func(t *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool){
	"act": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) { rows[at].Act += "x"; return rows, true },
	"principal": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		rows[at].Actor.Principal += "x"
		return rows, true
	},
	"time": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		rows[at].At = rows[at].At.Add(time.Microsecond)
		return rows, true
	},
	"phase":  func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) { rows[at].Phase++; return rows, true },
	"result": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) { rows[at].Result++; return rows, true },
	"person": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		rows[at].Person[15]++
		return rows, true
	},
	"moved between fields": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		r := &rows[at]
		changed := r.Action != r.Step
		r.Action, r.Step = r.Step, r.Action
		return rows, changed
	},
	"place": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		rows[at].Place.ID += "x"
		return rows, true
	},
	"one more": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		rows[at].Costs = append(rows[at].Costs, audit.Cost{})
		return rows, true
	},
	"seal": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		rows[at].MAC[3] ^= 1
		return rows, true
	},
	"removed": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		return slices.Delete(rows, at, at+1), true
	},
	"cut off": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) { return rows[:at], true },
	"removed and renumbered": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		rows = slices.Delete(rows, at, at+1)
		for i := at; i < len(rows); i++ {
			rows[i].Seq--
		}
		return rows, true
	},
	"reordered": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		if at == 0 {
			return rows, false
		}
		rows[at], rows[at-1] = rows[at-1], rows[at]
		rows[at].Seq, rows[at-1].Seq = rows[at-1].Seq, rows[at].Seq
		return rows, true
	},
	"copied": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		return slices.Insert(rows, at, rows[at]), true
	},
	"a value beside": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		if len(rows[at].Texts) == 0 {
			return rows, false
		}
		rows[at].Texts[0].Text += "x"
		return rows, true
	},
	"an identity beside": func(_ *rapid.T, rows []audit.Row, at int) ([]audit.Row, bool) {
		if len(rows[at].IDs) == 0 {
			return rows, false
		}
		rows[at].IDs[0].Text += "x"
		return rows, true
	},
}

// TestWhateverIsChangedIsFound: no single change of a log goes unnoticed, wherever it is made, and what was not changed verifies.
func TestWhateverIsChangedIsFound(t *testing.T) {
	c := chain(t, key)
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				rows, heads := write(t, c, rapid.SliceOfN(records(), 1, 6).Draw(t, "records"))
				head := heads[len(heads)-1]
				if r := verify(c, rows, head, heads...); len(r.Problems) > 0 || r.Entries != len(rows) || r.Head != head {
					t.Fatalf("an untouched log: %+v", r)
				}
				bad, changed := damage(t, clone(rows), rapid.IntRange(0, len(rows)-1).Draw(t, "at"))
				if !changed {
					return
				}
				if r := verify(c, bad, head); len(r.Problems) == 0 {
					t.Fatalf("nobody noticed")
				}
			})
		})
	}
}

// TestACutThatTakesTheHeadAlong: who cuts off the end and puts the head back to what is left, is found by a head that was noted elsewhere.
func TestACutThatTakesTheHeadAlong(t *testing.T) {
	c := chain(t, key)
	rows, heads := write(t, c, make([]audit.Record, 5))
	if r := verify(c, rows[:3], heads[3]); len(r.Problems) != 0 {
		t.Fatalf("without a noted head nobody can know: %+v", r)
	}
	r := verify(c, rows[:3], heads[3], heads[5])
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Message, "entries 4 to 5 were cut off") {
		t.Errorf("%+v", r)
	}
	if r := verify(c, nil, c.Start(), heads[2]); len(r.Problems) == 0 {
		t.Error("an emptied log goes unnoticed")
	}
	other, others := write(t, c, []audit.Record{{Act: "another"}, {}, {}, {}, {}})
	if r := verify(c, other, others[5], heads[2]); len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Message, "another one than when") {
		t.Errorf("a log that was written anew with the key: %+v", r)
	}
}

// TestOneChangeIsOneProblem: an auditor is told where it is, and not that all that follows is wrong.
func TestOneChangeIsOneProblem(t *testing.T) {
	c := chain(t, key)
	rows, heads := write(t, c, make([]audit.Record, 50))
	altered := clone(rows)
	altered[10].Act = "other"
	for name, bad := range map[string][]audit.Row{"entry 11 is not as it was written": altered, "entry 11 was removed": slices.Delete(clone(rows), 10, 11), "entries 11 to 15 were removed": slices.Delete(clone(rows), 10, 15)} {
		r := verify(c, bad, heads[50])
		if len(r.Problems) != 1 || r.Problems[0].Seq != 11 || !strings.HasPrefix(r.Problems[0].Message, name) {
			t.Errorf("%s: %+v", name, r.Problems)
		}
	}
	if r := verify(chain(t, bytes.Repeat([]byte("z"), 32)), rows, heads[50]); len(r.Problems) == 0 {
		t.Error("another key verifies")
	}
}

// TestWhatIsErasedIsGoneAndTheChainVerifies: of an erased value nothing is left that could be tried against guesses.
func TestWhatIsErasedIsGoneAndTheChainVerifies(t *testing.T) {
	c := chain(t, key)
	rows, heads := write(t, c, []audit.Record{{
		Identities: []person.Key{{System: person.Pipedream, Account: "p/e", ID: "ann@acme.example"}},
		Personal:   []audit.Value{{Name: audit.Reason, Text: "Ann left"}, {Name: audit.After, Text: ""}},
	}})
	if r := verify(c, rows, heads[1]); len(r.Problems) > 0 || r.Erased != 0 {
		t.Fatalf("before: %+v", r)
	}
	rows[0].IDs[0], rows[0].Texts[0] = audit.Kept{Erased: true}, audit.Kept{Erased: true}
	if r := verify(c, rows, heads[1]); len(r.Problems) > 0 || r.Erased != 2 {
		t.Errorf("after: %+v", r)
	}
	if shown := fmt.Sprintf("%+v", rows[0]); strings.Contains(shown, "ann@") || strings.Contains(shown, "Ann left") {
		t.Errorf("the entry tells what was erased: %s", shown)
	}
	if text, erased, ok := rows[0].Value(audit.Reason); text != "" || !erased || !ok {
		t.Errorf("the reason reads as %q %t %t", text, erased, ok)
	}
	if rows[0].Identities()[0] != (person.Key{System: person.Pipedream, Account: "p/e"}) {
		t.Errorf("the identity reads as %+v", rows[0].Identities()[0])
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add("3:" + strings.Repeat("ab", 32))
	f.Add("x")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := audit.ParseHead(s)
		if err != nil {
			return
		}
		if again, err := audit.ParseHead(h.String()); err != nil || again != h {
			t.Errorf("%q reads as %v and then as %v, %v", s, h, again, err)
		}
	})
}
