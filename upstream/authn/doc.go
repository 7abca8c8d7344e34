// Package authn tells who sends a request: by a key of the configuration or of the keys file, or by a token that
// somebody else vouches for.
//
// Keys are kept as digests alone. A key that is made here has 256 random bits, so a plain SHA-256 is enough: there is
// no dictionary to try, and a slow hash would only let strangers spend our time. Digests are found under an HMAC whose
// key is this process's own and random: how long a look-up takes depends on bits that no caller can choose or learn.
//
// Whatever is not a known key is counted against the address that it comes from before anything dear is done for it.
package authn
