package sim

import (
	"slices"
	"strconv"
	"strings"
)

// The domains of the world. What the published configuration says of each is in linking.go.
const (
	acme      = "acme.example"     // the first company; plus-tags reach the same mailbox
	borealis  = "borealis.example" // the second company; plus-tags and dots mean what they say
	webmail   = "gmail.com"        // private mail; plus-tags and dots mean nothing
	umlaut    = "bücher.example"   // a customer's domain, also spelled in punycode
	umlautACE = "xn--bcher-kva.example"
)

// address is an address as somebody typed it, with what the world knows of it.
type address struct {
	text string
	// mailbox stands for all spellings that are the same address under the published
	// configuration. It is known from how the address was made, never computed from text.
	mailbox string
}

func (a address) parts() (local, domain string) {
	i := strings.LastIndexByte(a.text, '@')
	return a.text[:i], a.text[i+1:]
}

// cased is a in other letter case: the same mailbox.
func (a address) cased() address {
	local, domain := a.parts()
	words := strings.Split(local, ".")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return address{strings.Join(words, ".") + "@" + strings.ToUpper(domain[:1]) + domain[1:], a.mailbox}
}

// tagged is a with a plus-tag: the same mailbox only in a domain configured so.
func (a address) tagged(tag string) address {
	local, domain := a.parts()
	t := address{local + "+" + tag + "@" + domain, a.mailbox}
	if !slices.Contains(plusTagDomains, domain) {
		t.mailbox = t.text
	}
	return t
}

// dotted is a with its dots elsewhere: the same mailbox only in a domain configured so.
func (a address) dotted() address {
	local, domain := a.parts()
	local = strings.ReplaceAll(local, ".", "")
	d := address{local[:1] + "." + local[1:] + "@" + domain, a.mailbox}
	if !slices.Contains(dotDomains, domain) {
		d.mailbox = d.text
	}
	return d
}

// wide is a with a full-width first letter, which compatibility folding undoes.
func (a address) wide() address {
	return address{string('ａ'+rune(a.text[0]-'a')) + a.text[1:], a.mailbox}
}

// punycode is a with its domain as DNS spells it.
func (a address) punycode() address {
	return address{strings.Replace(a.text, "@"+umlaut, "@"+umlautACE, 1), a.mailbox}
}

// spaced is a as it is after careless pasting.
func (a address) spaced() address { return address{"  " + a.text + " ", a.mailbox} }

// newAddress gives somebody an address that nobody else has under any spelling. A second
// Ana Silva gets anasilva@ where dots matter, which a careless linker merges with ana.silva@.
func (b *builder) newAddress(first, last name, domain string) address {
	dots := slices.Contains(dotDomains, domain)
	plain := first.ascii + "." + last.ascii
	for n := b.taken[plain+"@"+domain]; ; n++ {
		local := plain
		switch {
		case n == 1 && !dots:
			local = first.ascii + last.ascii
		case n > 0:
			local += strconv.Itoa(n + 1)
		}
		a := address{text: local + "@" + domain, mailbox: local + "@" + domain}
		if dots {
			a.mailbox = strings.ReplaceAll(local, ".", "") + "@" + domain
		}
		if !b.mailboxes[a.mailbox] {
			b.mailboxes[a.mailbox] = true
			b.taken[plain+"@"+domain] = n + 1
			return a
		}
	}
}
