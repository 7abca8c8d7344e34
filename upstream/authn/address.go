package authn

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// origin is whom an attempt is counted against: an address of IPv4, or the 64 bits of IPv6 that one household or
// server has for itself. The zero origin is everybody whose address cannot be read.
type origin = netip.Prefix

// originOf is where a request comes from. X-Forwarded-For is read from its end, and only as far as the networks
// in trusted have written it: everything before that anybody may have made up.
func originOf(r *http.Request, trusted []netip.Prefix) origin {
	at := addressOf(r.RemoteAddr)
	if !within(at, trusted) {
		return originAt(at)
	}
	for _, hops := range slices.Backward(r.Header.Values("X-Forwarded-For")) {
		for {
			i := strings.LastIndexByte(hops, ',')
			hop := addressOf(strings.TrimSpace(hops[i+1:]))
			if !hop.IsValid() {
				return originAt(at) // the proxy that wrote it, for there is nobody else to name
			}
			if at = hop; !within(at, trusted) {
				return originAt(at)
			}
			if i < 0 {
				break
			}
			hops = hops[:i]
		}
	}
	return originAt(at)
}

// addressOf reads an address with or without a port; the zero Addr if it is none.
func addressOf(text string) netip.Addr {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

func within(a netip.Addr, networks []netip.Prefix) bool {
	return a.IsValid() && slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(a) })
}

func originAt(a netip.Addr) origin {
	if !a.IsValid() {
		return origin{}
	}
	bits := 32
	if a.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(a, bits).Masked()
}
