package shared

import (
	_ "embed"
	"strings"

	"github.com/redis/go-redis/v9"
)

// The scripts: each is the arithmetic, then its own few lines.
var (
	//go:embed lua/args.lua
	argsLua string
	//go:embed lua/tally.lua
	tallyLua string
	//go:embed lua/purpose.lua
	purposeLua string
	//go:embed lua/period.lua
	periodLua string
	//go:embed lua/vendor.lua
	vendorLua string
	//go:embed lua/burst.lua
	burstLua string
	//go:embed lua/clock.lua
	clockLua string
	//go:embed lua/account.lua
	accountLua string
	//go:embed lua/epoch.lua
	epochLua string
	//go:embed lua/escrow.lua
	escrowLua string
	//go:embed lua/reply.lua
	replyLua string

	//go:embed lua/reserve.lua
	reserveLua string
	//go:embed lua/peek.lua
	peekLua string
	//go:embed lua/settle.lua
	settleLua string
	//go:embed lua/read.lua
	readLua string
	//go:embed lua/spent.lua
	spentLua string
	//go:embed lua/report.lua
	reportLua string
)

var (
	reserveScript = script(reserveLua)
	peekScript    = script(peekLua)
	settleScript  = script(settleLua)
	readScript    = script(readLua)
	spentScript   = script(spentLua)
	reportScript  = script(reportLua)
)

func script(own string) *redis.Script {
	return redis.NewScript(strings.Join([]string{
		argsLua, tallyLua, purposeLua, periodLua, vendorLua, burstLua, clockLua, accountLua, epochLua, escrowLua, replyLua, own,
	}, "\n"))
}
