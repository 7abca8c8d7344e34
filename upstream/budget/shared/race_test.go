//go:build race

package shared_test

import "flag"

// Each property draws fewer histories where every access is watched: what they show does not hang on goroutines. Who asks for
// more, by -rapid.checks, gets them.
func init() { _ = flag.Set("rapid.checks", "30") }
