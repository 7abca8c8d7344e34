package pipedream

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/manifold-graph/manifold/graph/fault"
	"github.com/manifold-graph/manifold/upstream/wire"
)

var (
	errNoID    = errors.New("a record has no id")
	errShape   = errors.New("the answer holds no data of the expected shape")
	errEndless = errors.New("the pages do not end")
	// errUnconfirmed: a delete is confirmed by 204 and nothing else.
	errUnconfirmed = errors.New("the answer does not confirm the delete")
)

// maxExternalUserID is in characters: whether the vendor counts bytes is unknown,
// and the greater measure refuses nothing that is good.
const maxExternalUserID = 250

// checkExternalUserID refuses ids that the vendor would read as something else:
// an empty one as everybody, dots as another path.
func checkExternalUserID(id string) error {
	switch {
	case id == "":
		return fault.New(fault.BadUserInput, "An external user id of Pipedream must not be empty.")
	case id == "." || id == "..":
		return fault.New(fault.BadUserInput, "An external user id of Pipedream must not be a dot or two: no request can name it.")
	case utf8.RuneCountInString(id) > maxExternalUserID:
		return fault.New(fault.BadUserInput, "An external user id of Pipedream has at most %d characters.", maxExternalUserID)
	}
	return nil
}

// checkAccountID refuses what cannot be an account's id.
func checkAccountID(id string) error {
	rest, ok := strings.CutPrefix(id, "apn_")
	if !ok || rest == "" || strings.ContainsFunc(rest, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}) {
		return fault.New(fault.BadUserInput, "The id of a Pipedream account looks like apn_abc123.")
	}
	return nil
}

// classifier reads a 429's wait from Retry-After, or else from the reset, which
// is in Unix seconds. A 413 is the ceiling of accounts in one answer.
func classifier(now func() time.Time) func(wire.Answer) wire.Verdict {
	return func(a wire.Answer) wire.Verdict {
		switch a.Status {
		case http.StatusRequestEntityTooLarge:
			return wire.Verdict{Kind: wire.TooLarge}
		case http.StatusTooManyRequests:
			wait := wire.RetryAfter(a.Header, now())
			if reset, err := strconv.ParseFloat(a.Header.Get("X-RateLimit-Reset"), 64); wait == 0 && err == nil {
				wait = wire.Seconds(reset - float64(now().UnixMilli())/1000)
			}
			return wire.Verdict{Kind: wire.BurstLimited, RetryAfter: wait}
		}
		return wire.Verdict{}
	}
}
