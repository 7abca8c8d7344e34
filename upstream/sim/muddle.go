package sim

// muddle takes pairs of staff who share an address or inherited one. Each such address
// is contested: several people of one account use it, so nobody can be found by it.
func (b *builder) muddle() {
	var waiting []*human // for a partner with whom to share a mailbox at Pipefy
	var left *human      // gone from Acme; the next newcomer gets the address
	mailbox := 0
	for i, h := range b.humans {
		if i == 0 || !h.staff || h.messy {
			continue
		}
		switch {
		case i%23 < 3 && h.fyID != 0:
			if waiting = append(waiting, h); len(waiting) == 2 {
				b.share(waiting, mailbox)
				waiting, mailbox = nil, mailbox+1
			}
			h.messy = true
		case i%29 < 4 && h.inAcme && !h.inBorealis && h.work.text == h.driveAddress.text:
			if left == nil {
				left = h
				left.standing, left.messy = deactivated, true
				continue
			}
			b.reassign(left, h)
			left = nil
		}
	}
	b.lend()
}

// lend lets one human use a shared mailbox at Pipedrive and another use it at Pipefy: only the
// configured local part tells that it is nobody's.
func (b *builder) lend() {
	box := address{"support@" + borealis, "support@" + borealis}
	seller := b.find(func(h *human) bool { return h.inBorealis && !h.inAcme && h.standing == active })
	if seller == nil {
		return
	}
	seller.messy = true
	helper := b.find(func(h *human) bool { return h.fyID != 0 && h.staff })
	if helper == nil {
		return
	}
	helper.messy = true
	seller.driveAddress, helper.fyAddress = box, box
	b.contest(box)
}

// find is the first human but the chief who is not in any muddle yet and fits.
func (b *builder) find(fits func(*human) bool) *human {
	for _, h := range b.humans[1:] {
		if !h.messy && fits(h) {
			return h
		}
	}
	return nil
}

// share gives the members of a team one mailbox with a tag for each, which is the same
// address in a domain with plus-tags.
func (b *builder) share(team []*human, n int) {
	box := address{text: sharedLocals[n%len(sharedLocals)] + "@" + acme}
	box.mailbox = box.text
	b.contest(box)
	for _, h := range team {
		h.fyAddress = box.tagged(h.first.ascii + "-" + lettered(h.entity))
	}
}

// reassign gives the address of somebody who left to a newcomer, who keeps an own one elsewhere.
func (b *builder) reassign(from, to *human) {
	from.messy, to.messy = true, true
	from.standing, to.standing = deactivated, active
	to.driveAddress = from.driveAddress.cased()
	b.contest(from.driveAddress)
}

// lettered writes n in letters: an address local part that no name contains.
func lettered(n int) string {
	out := []byte{}
	for ; n > 0; n /= 26 {
		out = append(out, byte('a'+n%26))
	}
	return string(out)
}
