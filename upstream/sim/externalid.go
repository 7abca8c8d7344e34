package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// form is a way in which customers choose external user ids. It answers "" where it
// does not suit h, and proofs where the published templates can read the id.
type form func(b *builder, h *human) (id string, proofs []proof)

// forms are the ways met in documents and public code, the common ones more than once. The
// world goes through them in turn, so that each is there.
var forms = []form{
	formPipedrive, formEmail, formUUID, formPipefy, formOddEmail, formProduct, formPipedrive, formDatabaseID,
	formHash, formEmail, formPipefy, formWorkspaceUser, formUUID, formLogin, formDemo, formPath,
	formPipedrive, formEmail, formQuery, formUUID, formUnicode,
}

func formPipedrive(_ *builder, h *human) (string, []proof) {
	if h.driveID == 0 {
		return "", nil
	}
	id := strconv.FormatInt(h.driveID, 10)
	return "pipedrive:" + id, []proof{byPipedrive(id)}
}

func formPipefy(_ *builder, h *human) (string, []proof) {
	if h.fyID == 0 {
		return "", nil
	}
	id := strconv.FormatInt(h.fyID, 10)
	return "user-" + id, []proof{byPipefy(id)}
}

func formEmail(_ *builder, h *human) (string, []proof) {
	return h.work.text, []proof{byMailbox(h.work)}
}

// formOddEmail is an address in another spelling.
func formOddEmail(b *builder, h *human) (string, []proof) {
	a := h.work.cased()
	if b.chance(50) {
		a = h.work.tagged("connect")
	}
	return a.text, []proof{byMailbox(a)}
}

func formUUID(b *builder, _ *human) (string, []proof) { return b.uuid(), nil }
func formDemo(b *builder, _ *human) (string, []proof) { return "demo-" + b.uuid(), nil }

// formHash hides the address well: no template of the published configuration reads it.
func formHash(_ *builder, h *human) (string, []proof) {
	sum := sha256.Sum256([]byte("tenant-1:" + h.work.text))
	return hex.EncodeToString(sum[:]), nil
}

func formLogin(_ *builder, h *human) (string, []proof) {
	return h.first.ascii[:1] + strings.ReplaceAll(h.last.ascii, "-", ""), nil
}

func formProduct(_ *builder, h *human) (string, []proof) {
	return fmt.Sprintf("acme-crm:live:%d", 880_000+h.entity), nil
}

func formWorkspaceUser(b *builder, h *human) (string, []proof) {
	return fmt.Sprintf("ws_%d:%s", 40+h.entity%7, b.uuid()), nil
}

// formDatabaseID is the documents' "user-123": a small number that no Pipefy user has, although
// the template for Pipefy's ids reads it as one.
func formDatabaseID(_ *builder, h *human) (string, []proof) {
	id := strconv.Itoa(100 + h.entity)
	return "user-" + id, []proof{byPipefy(id)}
}

func formPath(_ *builder, h *human) (string, []proof) {
	return fmt.Sprintf("crm/users/%s/%d", h.last.ascii, h.entity), nil
}

func formQuery(_ *builder, h *human) (string, []proof) {
	return fmt.Sprintf("id?user=%d&x=100%%#top @ home", h.entity), nil
}

func formUnicode(_ *builder, h *human) (string, []proof) {
	return fmt.Sprintf("Kundé №%d %s", h.entity, h.last.display), nil
}

// externalID is a new id for h in an environment and what it proves. Where the form whose
// turn it is does not suit, h gets an address, and where the id is taken a UUID.
func (b *builder) externalID(h *human, environment string) (string, []proof) {
	id, proofs := forms[b.forms%len(forms)](b, h)
	b.forms++
	if id == "" {
		id, proofs = formEmail(b, h)
	}
	if b.ids[environment+id] {
		id, proofs = b.uuid(), nil
	}
	b.ids[environment+id] = true
	return id, proofs
}
