package exec

import "strings"

// defaultPage is the page size that a connection without first or last counts as.
const defaultPage = 50

// priceCeiling saturates the arithmetic: any price that reaches it is over every limit.
const priceCeiling = 1 << 40

// Complexity prices the operation: one per field; under a connection the fields inside the items
// times the page asked for; under a plain list of objects times listWeight. Introspection is free.
func (o *Operation[E]) Complexity(listWeight int) int { return price(o.fields, listWeight) }

// Depth is the deepest nesting of fields, introspection left out.
func (o *Operation[E]) Depth() int { return depth(o.fields) }

func price[E any](fields []*field[E], weight int) int {
	sum := 0
	for _, f := range fields {
		if strings.HasPrefix(f.name, "__") {
			continue
		}
		sum += 1 + f.inner(weight)
		if sum >= priceCeiling {
			return priceCeiling
		}
	}
	return sum
}

func (f *field[E]) inner(weight int) int {
	switch {
	case strings.HasSuffix(f.typ.Name(), "Connection"):
		return f.page(weight)
	case f.typ.Elem != nil:
		return times(price(f.sub, weight), weight)
	}
	return price(f.sub, weight)
}

// page prices what is inside a connection: edges, nodes and node count once, what they hold once
// per item.
func (f *field[E]) page(weight int) int {
	size := defaultPage
	for _, arg := range []string{"last", "first"} {
		if n, ok := f.args.Int(arg); ok {
			size = max(n, 0)
		}
	}
	sum := 0
	for _, s := range f.sub {
		switch s.name {
		case "nodes":
			sum += 1 + times(price(s.sub, weight), size)
		case "edges":
			sum++
			for _, e := range s.sub {
				if e.name == "node" {
					sum += 1 + times(price(e.sub, weight), size)
				} else {
					sum += times(price([]*field[E]{e}, weight), size)
				}
			}
		default:
			sum += price([]*field[E]{s}, weight)
		}
	}
	return min(sum, priceCeiling)
}

func times(a, b int) int {
	if b > 0 && a > priceCeiling/b {
		return priceCeiling
	}
	return a * b
}

func depth[E any](fields []*field[E]) int {
	deepest := 0
	for _, f := range fields {
		if !strings.HasPrefix(f.name, "__") {
			deepest = max(deepest, 1+depth(f.sub))
		}
	}
	return deepest
}
