package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"io"
)

// Salt makes a commitment tell nothing of its value. It lies with the value, and goes with it.
type Salt [16]byte

// Commitment binds an entry to a value that is not in it.
type Commitment [32]byte

// Commit makes the commitment to a value. Without its salt nobody can try values against it.
func Commit(salt Salt, name, text string) Commitment {
	mac := hmac.New(sha256.New, salt[:])
	mac.Write(appendText(nil, name))
	mac.Write([]byte(text))
	return Commitment(mac.Sum(nil))
}

// Opens tells whether c is the commitment to that value.
func (c Commitment) Opens(salt Salt, name, text string) bool {
	own := Commit(salt, name, text)
	return hmac.Equal(own[:], c[:])
}

// identityName is what identities are committed under.
const identityName = "identity"

// Seal commits to what is personal in r. The Entry still lacks its number and its time. Random gives the salts.
func Seal(r Record, random io.Reader) (Entry, Beside, error) {
	e := Entry{
		Phase: r.Phase, Act: r.Act, Actor: r.Actor, Person: r.Person, Source: r.Source, Place: r.Place, Action: r.Action, Step: r.Step, Request: r.Request,
		Correlations: r.Correlations, Costs: r.Costs, Result: r.Result, Code: r.Code,
	}
	var beside Beside
	for _, k := range r.Identities {
		salt, err := newSalt(random)
		if err != nil {
			return Entry{}, Beside{}, err
		}
		e.Subjects = append(e.Subjects, Subject{System: k.System, Account: k.Account, ID: Commit(salt, identityName, k.ID)})
		beside.IDs = append(beside.IDs, Kept{Text: k.ID, Salt: salt})
	}
	for _, v := range r.Personal {
		if v.Text == "" {
			continue
		}
		salt, err := newSalt(random)
		if err != nil {
			return Entry{}, Beside{}, err
		}
		e.Values = append(e.Values, Committed{Name: v.Name, Value: Commit(salt, v.Name, v.Text)})
		beside.Texts = append(beside.Texts, Kept{Text: v.Text, Salt: salt})
	}
	return e, beside, nil
}

func newSalt(random io.Reader) (Salt, error) {
	var salt Salt
	_, err := io.ReadFull(random, salt[:])
	return salt, err
}

// unproven lists the values of a row that are there and are not what was committed to, by name.
func (r Row) unproven() []string {
	var names []string
	for i, s := range r.Subjects {
		if i < len(r.IDs) && !r.IDs[i].Erased && !s.ID.Opens(r.IDs[i].Salt, identityName, r.IDs[i].Text) {
			names = append(names, identityName)
		}
	}
	for i, v := range r.Values {
		if i < len(r.Texts) && !r.Texts[i].Erased && !v.Value.Opens(r.Texts[i].Salt, v.Name, r.Texts[i].Text) {
			names = append(names, v.Name)
		}
	}
	return names
}

// erased counts the values of a row that are no longer there.
func (r Row) erased() int {
	n := len(r.Subjects) + len(r.Values)
	for _, kept := range [][]Kept{r.IDs, r.Texts} {
		for _, k := range kept {
			if !k.Erased {
				n--
			}
		}
	}
	return n
}
