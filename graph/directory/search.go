package directory

import "github.com/manifold-graph/manifold/graph/fault"

// maxSearchWords bounds the work of one search.
const maxSearchWords = 12

// searchWords cuts what somebody typed into folded words; no words for nothing
// typed.
func searchWords(typed string) ([][]byte, error) {
	folded := fold(nil, typed)
	if len(folded) == 0 {
		return nil, nil
	}
	var found [][]byte
	words(folded, func(word []byte) { found = append(found, word) })
	switch {
	case len(found) == 0:
		return nil, fault.New(fault.BadUserInput, "The search has no letter or digit in it. Give the beginning of a word.")
	case len(found) > maxSearchWords:
		return nil, fault.New(fault.BadUserInput, "The search has %d words. Give at most %d.", len(found), maxSearchWords)
	}
	return found, nil
}

// searchConditions wants every word to begin a word of a name or an address.
func searchConditions(f *PeopleFilter) ([]condition, error) {
	typed, err := searchWords(f.Search)
	if err != nil {
		return nil, err
	}
	in := f.SearchIn
	if in == 0 {
		in = SearchNames | SearchEmails
	}
	all := make([]condition, len(typed))
	for i, word := range typed {
		all[i].add = func(x *index, dst bitset) {
			if in&SearchNames != 0 {
				x.names.prefix(dst, word)
			}
			if in&SearchEmails != 0 {
				x.emails.prefix(dst, word)
			}
		}
	}
	return all, nil
}
