package link

import (
	"cmp"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/manifold-graph/manifold/graph/person"
)

// The marks of a key's use by an identity.
const (
	markHolder   uint8 = 1 << iota // the identity has it, as opposed to an id or account that speaks of it
	markVerified                   // no stranger could have written it
	markSuggest                    // too weak to link
	markByEmail                    // a mapping found the identity by its address
)

// scanner finds the blocking keys of identities. It is scratch space for one
// goroutine; emit must not keep key.
type scanner struct {
	l      *Linker
	hashes []bool // by hasher: somebody asks for its digests
	emit   func(f family, key []byte, rule int16, marks uint8)
	buf    []byte
	read   reading
	said   []string // addresses of one identity's accounts
}

// scan emits every key of id and gives its kind.
func (s *scanner) scan(id *person.Identity) person.Kind {
	l := s.l
	erased := id.State == person.StateErased
	var email string
	if !erased && id.Email != "" {
		email, _ = l.Canonical(id.Email)
	}
	rule, hash, address := ruleNone, 0, email
	if id.Key.System == person.Pipedream {
		rule, hash = l.readID(id.Key.ID, &s.read)
		address = cmp.Or(address, s.read[fieldEmail])
	}
	kind := l.kindOf(id, address, rule != ruleNone)
	// A group's or a constant's address says nothing about one human.
	personal := kind != person.KindOrganization && !erased

	switch id.Key.System {
	case person.Pipedrive:
		s.emitText(familyPipedriveUser, id.Key.ID, rulePipedriveUser, markHolder|markVerified)
		if l.reads[fieldPipedriveCompany] {
			s.emitPair(id.Key.Account, id.Key.ID, ruleNone, markHolder|markVerified)
		}
	case person.Pipefy:
		s.emitText(familyPipefyUser, id.Key.ID, rulePipefyUser, markHolder|markVerified)
		if l.reads[fieldPipefyUUID] && id.Pipefy != nil && id.Pipefy.UUID != "" {
			s.emitLower(familyPipefyUUID, id.Pipefy.UUID, ruleNone, markHolder|markVerified)
		}
	case person.Pipedream:
		s.scanReading(&s.read, rule, hash, personal)
		if personal {
			s.scanAccounts(id, rule != ruleNone)
		}
	}
	if personal && email != "" {
		s.scanEmail(id, email)
	}
	for _, m := range l.mapped[id.Key] {
		s.emitMapping(m, 0)
	}
	if personal && kind != person.KindBot && id.Name != "" && l.maxNamesakes > 0 {
		var n int
		if s.buf, n = foldName(s.buf[:0], id.Name); n > 1 {
			s.emit(familyName, s.buf, ruleName, markSuggest|markHolder)
		}
	}
	return kind
}

func (s *scanner) scanEmail(id *person.Identity, email string) {
	marks := markHolder
	if id.EmailVerified {
		marks |= markVerified
	}
	s.emitText(familyEmail, email, ruleEmail, marks)
	if len(s.l.mappedEmails) > 0 {
		for _, m := range s.l.mappedEmails[email] {
			s.emitMapping(m, markByEmail)
		}
	}
	for i, wanted := range s.hashes {
		if !wanted {
			continue
		}
		s.emitHash(i, email, marks)
		if spelled := strings.ToLower(strings.TrimSpace(id.Email)); spelled != email {
			s.emitHash(i, spelled, marks)
		}
	}
}

// readID fills r by the first rule whose form the id has.
func (l *Linker) readID(id string, r *reading) (rule int16, hash int) {
	for i := range l.ids {
		*r = reading{}
		if !l.ids[i].matcher.read(id, r) {
			continue
		}
		if r[fieldEmail] != "" {
			address, ok := l.Canonical(r[fieldEmail])
			if !ok {
				continue
			}
			r[fieldEmail] = address
		}
		return l.ids[i].rule, l.ids[i].hash
	}
	*r = reading{}
	return ruleNone, 0
}

func (s *scanner) scanReading(r *reading, rule int16, hash int, personal bool) {
	if rule == ruleNone {
		return
	}
	var marks uint8
	if s.l.rules[rule].trust >= Verified {
		marks = markVerified
	}
	if id := r[fieldPipedriveID]; id != "" {
		if company := r[fieldPipedriveCompany]; company != "" {
			s.emitPair(company, id, rule, marks)
		} else {
			s.emitText(familyPipedriveUser, id, rule, marks)
		}
	}
	if id := r[fieldPipefyID]; id != "" {
		s.emitText(familyPipefyUser, id, rule, marks)
	}
	if uuid := r[fieldPipefyUUID]; uuid != "" {
		s.emitLower(familyPipefyUUID, uuid, rule, marks)
	}
	if digest := r[fieldEmailHash]; digest != "" && personal {
		s.buf = append(s.buf[:0], byte(hash))
		s.buf, _ = hex.AppendDecode(s.buf, []byte(digest))
		s.emit(familyHash, s.buf, rule, marks)
	}
	if address := r[fieldEmail]; address != "" && personal {
		s.emitText(familyEmail, address, rule, marks)
	}
}

// maxAccountAddresses bounds what the accounts of one external user may suggest.
const maxAccountAddresses = 5

// scanAccounts reads addresses out of account names. They link only where the
// external id itself says nothing and the trusted apps agree on one address: a
// user shared by many people holds accounts of many people.
func (s *scanner) scanAccounts(id *person.Identity, spoken bool) {
	if id.Pipedream == nil {
		return
	}
	s.said = s.said[:0]
	trusted, rule, torn := "", ruleNone, false
	for i := range id.Pipedream.Accounts {
		a := &id.Pipedream.Accounts[i]
		if strings.IndexByte(a.Name, '@') < 0 {
			continue
		}
		address, ok := s.l.Canonical(a.Name)
		if !ok {
			continue
		}
		if r, trusts := s.l.apps[a.AppSlug]; trusts {
			torn = torn || trusted != "" && trusted != address
			if trusted == "" || r < rule {
				rule = r
			}
			trusted = address
		}
		if len(s.said) < maxAccountAddresses && !hasWord(s.said, address) {
			s.said = append(s.said, address)
		}
	}
	links := trusted != "" && !torn && !spoken
	if links {
		s.emitText(familyEmail, trusted, rule, 0)
	}
	for _, address := range s.said {
		if !links || address != trusted {
			s.emitText(familyEmail, address, ruleAccountName, markSuggest)
		}
	}
}

func (s *scanner) emitText(f family, text string, rule int16, marks uint8) {
	s.buf = append(s.buf[:0], text...)
	s.emit(f, s.buf, rule, marks)
}

func (s *scanner) emitLower(f family, text string, rule int16, marks uint8) {
	s.buf = s.buf[:0]
	for i := range len(text) {
		s.buf = append(s.buf, lower(text[i]))
	}
	s.emit(f, s.buf, rule, marks)
}

func (s *scanner) emitPair(company, id string, rule int16, marks uint8) {
	s.buf = append(append(append(s.buf[:0], company...), ':'), id...)
	s.emit(familyCompanyUser, s.buf, rule, marks)
}

func (s *scanner) emitMapping(entry int32, marks uint8) {
	s.buf = strconv.AppendInt(s.buf[:0], int64(entry), 10)
	s.emit(familyMapping, s.buf, ruleMapping, marks|markHolder|markVerified)
}

func (s *scanner) emitHash(hasher int, address string, marks uint8) {
	s.buf = append(s.buf[:0], address...)
	sum := s.l.hashes[hasher].sum(s.buf)
	s.buf = append(append(s.buf[:0], byte(hasher)), sum[:]...)
	s.emit(familyHash, s.buf, ruleNone, marks)
}
