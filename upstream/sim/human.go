package sim

import "github.com/manifold-graph/manifold/graph/person"

// standing is a human's standing in Pipedrive.
type standing uint8

const (
	active standing = iota
	deactivated
	invited
	erased
)

// human is somebody, before any system has a record of them.
type human struct {
	entity      int
	first, last name
	staff       bool
	work        address // of staff, or the address that a customer gives
	private     address // at a mail provider
	second      address // staff of both companies: their address at the other one

	// The Pipedrive user, when inAcme or inBorealis.
	driveID            int64
	inAcme, inBorealis bool
	standing           standing
	driveAddress       address

	// The Pipefy user, when fyID is not 0.
	fyID        int64
	guest       bool
	unconfirmed bool
	fyAddress   address

	// external users in production.
	externals int

	messy bool // already part of a shared or reassigned address
}

func (h *human) display() string { return h.first.display + " " + h.last.display }

// The first ids of the world's users; they count up in irregular steps, as real ones do.
const (
	firstDriveID = 20_480_100
	firstFyID    = 301_345_588
)

// populate makes n humans and decides where each is known. The first is the chief
// executive, who administers everything.
func (b *builder) populate(n int) {
	driveID, fyID := int64(firstDriveID), int64(firstFyID)
	for i := range n {
		h := &human{entity: b.entity(person.KindHuman), first: pick(b, firstNames), last: pick(b, lastNames)}
		if i > 0 && i%20 == 7 {
			other := b.humans[b.rng.IntN(i)] // a namesake, who is somebody else
			h.first, h.last = other.first, other.last
		}
		h.staff = i%5 < 3
		h.private = b.newAddress(h.first, h.last, webmail)
		if h.staff {
			b.hire(h, i == 0)
		} else {
			b.befriend(h, i)
		}
		if h.inAcme || h.inBorealis {
			driveID += 1 + b.rng.Int64N(9)
			h.driveID = driveID
		}
		if h.fyID != 0 {
			fyID += 1 + b.rng.Int64N(40)
			h.fyID = fyID
		}
		b.humans = append(b.humans, h)
	}
}

// hire makes h staff of one company or both.
func (b *builder) hire(h *human, chief bool) {
	domain := acme
	if !chief && b.chance(30) {
		domain = borealis
	}
	h.work = b.newAddress(h.first, h.last, domain)
	h.inAcme, h.inBorealis = domain == acme, domain == borealis
	if chief || b.chance(8) {
		h.inAcme, h.inBorealis = true, true
		h.second = b.newAddress(h.first, h.last, map[string]string{acme: borealis, borealis: acme}[domain])
	}
	h.driveAddress = h.work
	if chief || b.chance(72) {
		h.fyID = 1
		h.fyAddress = b.spelling(h)
		h.unconfirmed = !chief && b.chance(7)
	}
	if chief || b.chance(70) {
		h.externals = 1
	}
	if b.chance(10) {
		h.externals++
	}
	if chief {
		return
	}
	switch roll := b.rng.IntN(100); {
	case roll < 8:
		h.standing = deactivated
	case roll < 11:
		h.standing = erased
	case roll < 15:
		h.standing = invited
	}
	// Some staff were never given a Pipedrive seat.
	if b.chance(12) && (h.fyID != 0 || h.externals > 0) {
		h.inAcme, h.inBorealis = false, false
	}
}

// befriend makes h a customer: an external user, and now and then a guest at Pipefy.
func (b *builder) befriend(h *human, i int) {
	switch {
	case i%15 == 4:
		h.work = b.newAddress(h.first, h.last, umlaut)
	case b.chance(40):
		h.work = h.private
	default:
		h.work = b.newAddress(h.first, h.last, "customer-"+string(rune('a'+b.rng.IntN(26)))+".example")
	}
	h.externals = 1
	if b.chance(12) {
		h.externals = 2
	}
	if b.chance(30) {
		h.fyID, h.guest = 1, true
		h.fyAddress = b.spelling(h)
		h.unconfirmed = b.chance(10)
	}
}

// spelling is the address that h gave to Pipefy: mostly the one from work, now and then in
// another spelling, an old one, or a private one.
func (b *builder) spelling(h *human) address {
	switch roll := b.rng.IntN(100); {
	case roll < 13:
		return h.work.cased()
	case roll < 22:
		return h.work.tagged("pipefy")
	case roll < 30:
		return b.newAddress(h.first, pick(b, lastNames), acme) // from before a change of name
	case roll < 37:
		return h.private.dotted()
	case roll < 39:
		return h.work.wide()
	case roll < 60:
		return h.work.punycode() // the same text outside the customer with an umlaut
	}
	return h.work
}
