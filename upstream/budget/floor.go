package budget

// Class is why something is spent.
type Class uint8

// The classes, by rising right to the last tokens.
const (
	Refresh Class = iota
	Interactive
	Mutation

	classes = 3
)

// String is the class in lower case.
func (c Class) String() string { return [...]string{"refresh", "interactive", "mutation"}[c] }

// Below these shares of the budget, in per cent, a class may not spend.
const (
	refreshFloor     = 20
	interactiveFloor = 5
)

// floor is how many of limit tokens a request of a class must leave. The plain list may go as low as
// an interactive read, for a frozen picture provokes dearer reads; acts may use everything.
func floor(a Ask, limit int) int {
	percent := 0
	switch {
	case a.Class == Mutation:
	case a.Class == Refresh && !a.Essential:
		percent = refreshFloor
	default:
		percent = interactiveFloor
	}
	return (limit*percent + 99) / 100
}
