package server

import "github.com/vektah/gqlparser/v2/ast"

// written measures documents as they would be with their fragments written out wherever they are spread. What measures
// an operation after validation walks it so, and twenty fragments that each spread all others are a million.
type written struct {
	fragments map[string]*ast.FragmentDefinition
	// sizes are those of fragments that were measured; 0 while one is, for what spreads itself is never executed.
	sizes map[string]int
	// steps is how many selections were looked at: each is once.
	steps int
	most  int
}

// size is that of a selection, up to a little more than most.
func (w *written) size(set ast.SelectionSet) int {
	total := 0
	for _, selection := range set {
		w.steps++
		total++
		switch s := selection.(type) {
		case *ast.Field:
			total += w.size(s.SelectionSet)
		case *ast.InlineFragment:
			total += w.size(s.SelectionSet)
		case *ast.FragmentSpread:
			total += w.fragment(s.Name)
		}
		total = min(total, w.most+1)
	}
	return total
}

func (w *written) fragment(name string) int {
	n, known := w.sizes[name]
	if f := w.fragments[name]; !known && f != nil {
		w.sizes[name] = 0
		n = w.size(f.SelectionSet)
		w.sizes[name] = n
	}
	return n
}
