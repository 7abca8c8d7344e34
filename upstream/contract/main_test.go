package contract_test

import (
	"flag"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets more tests run at once than there are processors, for most of them
// wait for a time limit or a budget.
func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", "6")
	goleak.VerifyTestMain(m)
}
