package budget

import "time"

// Limits is what one source may spend. Sources that share an account share its tokens, those that share a
// credential share its slots; they MUST agree on the figures.
type Limits struct {
	// Account names whose tokens are spent.
	Account string
	// Tokens is the share that may be spent in one window. 0: counted, but not limited.
	Tokens int
	// Window is the span over which tokens are counted; 0 means 24 h.
	Window time.Duration
	// Reset is the vendor's reset as time after midnight UTC; nil if the operator does not know. A reset that
	// is observed wins. It has a meaning for windows of 24 h alone.
	Reset *time.Duration
	// RefreshTokens is Refresh's own cap per window; 0 means half of Tokens.
	RefreshTokens int

	// Credential names whose burst window is filled.
	Credential string
	// Burst is how many requests one BurstWindow may hold. 0: not limited.
	Burst int
	// BurstWindow is 2 s when 0.
	BurstWindow time.Duration
}

const (
	// DefaultTokens is one seat on Pipedrive's smallest plan, for a company that configures nothing.
	DefaultTokens = 30_000

	day                = 24 * time.Hour
	defaultBurstWindow = 2 * time.Second
)

// Plan is a Pipedrive plan.
type Plan string

// plans is Pipedrive's rate limiting page: by how much a plan multiplies the tokens of a seat, and how many requests two
// seconds may hold.
var plans = map[Plan]struct{ multiplier, tokenBurst, oauthBurst int }{
	"lite":     {1, 20, 80},
	"growth":   {2, 40, 160},
	"premium":  {5, 100, 400},
	"ultimate": {7, 120, 480},
}

// ShareOf is share (0 to 1) of the daily tokens of a company on a plan with so many seats. False: the plan
// is unknown, or a figure is out of range.
func ShareOf(plan Plan, seats int, share float64) (tokens int, ok bool) {
	p, ok := plans[plan]
	if !ok || seats < 1 || seats > 1_000_000 || !(share > 0 && share <= 1) {
		return 0, false
	}
	return int(float64(DefaultTokens*p.multiplier*seats) * share), true
}

// BurstOf is a plan's burst limit for one API token, or one OAuth app. False: the plan is unknown.
func BurstOf(plan Plan, oauth bool) (requests int, ok bool) {
	p, ok := plans[plan]
	if oauth {
		return p.oauthBurst, ok
	}
	return p.tokenBurst, ok
}

// Span is the length of the window in which tokens are counted.
func (l Limits) Span() time.Duration {
	if l.Window > 0 {
		return l.Window
	}
	return day
}

// Floor is how many tokens an Ask must leave to others.
func (l Limits) Floor(a Ask) int { return floor(a, l.Tokens) }

func (l Limits) burstWindow() time.Duration {
	if l.BurstWindow > 0 {
		return l.BurstWindow
	}
	return defaultBurstWindow
}

// RefreshCap is how many tokens Refresh may spend in one window.
func (l Limits) RefreshCap() int {
	if l.RefreshTokens > 0 {
		return l.RefreshTokens
	}
	return l.Tokens / 2
}
