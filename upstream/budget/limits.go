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
	// Reset is the vendor's reset as time after midnight UTC; nil until the operator or the vendor tells. It
	// has a meaning for windows of 24 h alone.
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

// planMultiplier is by how much each plan multiplies the tokens of a seat; older names beside the newer.
var planMultiplier = map[Plan]int{
	"lite": 1, "growth": 2, "premium": 5, "ultimate": 7,
}

// ShareOf is share (0 to 1) of the daily tokens of a company on a plan with so many seats. False: the plan
// is unknown, or a figure is out of range.
func ShareOf(plan Plan, seats int, share float64) (tokens int, ok bool) {
	m, ok := planMultiplier[plan]
	if !ok || seats < 1 || seats > 1_000_000 || !(share > 0 && share <= 1) {
		return 0, false
	}
	return int(float64(DefaultTokens*m*seats) * share), true
}

func (l Limits) window() time.Duration {
	if l.Window > 0 {
		return l.Window
	}
	return day
}

func (l Limits) burstWindow() time.Duration {
	if l.BurstWindow > 0 {
		return l.BurstWindow
	}
	return defaultBurstWindow
}

func (l Limits) refreshTokens() int {
	if l.RefreshTokens > 0 {
		return l.RefreshTokens
	}
	return l.Tokens / 2
}
