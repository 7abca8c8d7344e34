package fault

import (
	"fmt"
	"runtime"
)

// Panicked is what may be logged of a panic's value: the runtime's own errors in full, of all else the type. Whoever panics with
// a text may quote what it was working on; the stack, which holds no contents, says where.
func Panicked(value any) string {
	if e, ours := value.(runtime.Error); ours {
		return e.Error()
	}
	return fmt.Sprintf("a value of type %T, which is not logged", value)
}
