package audit

import (
	"cmp"
	"crypto/hmac"
	"fmt"
	"slices"
)

// Problem is one thing that is not as it was written.
type Problem struct {
	// Seq is the entry concerned, or the first of them.
	Seq int64
	// Message is one sentence.
	Message string
}

// Report is what verifying found.
type Report struct {
	// Head is the last entry that was seen.
	Head Head
	// Entries were looked at; Erased counts personal values that are no longer there.
	Entries, Erased int
	// Problems are the first that were found, at most maxProblems; More is how many others there are.
	Problems []Problem
	More     int
}

const maxProblems = 100

// Verifier is given a log, row by row, in the order of numbers. Make one with Chain.Verify.
type Verifier struct {
	chain   *Chain   // the one that the next row is sealed by
	known   []*Chain // all that it may be handed over to
	last    Head
	broken  bool // what came before last is not there, so nothing can be said of the seal
	witness []Head
	report  Report
}

// Verify begins to verify a log that is sealed by c, and before that by earlier ones. Witnesses are heads that were seen
// earlier, such as in the log stream.
func (c *Chain) Verify(earlier []*Chain, witnesses ...Head) *Verifier {
	witnesses = slices.Clone(witnesses)
	slices.SortFunc(witnesses, func(a, b Head) int { return cmp.Compare(a.Seq, b.Seq) })
	v := &Verifier{chain: c, known: append([]*Chain{c}, earlier...), last: c.Start(), witness: witnesses}
	v.testify()
	return v
}

func (v *Verifier) found(seq int64, format string, args ...any) {
	if len(v.report.Problems) == maxProblems {
		v.report.More++
		return
	}
	v.report.Problems = append(v.report.Problems, Problem{seq, fmt.Sprintf(format, args...)})
}

// Add looks at the next row.
func (v *Verifier) Add(r Row) {
	v.report.Entries++
	switch {
	case r.Seq <= v.last.Seq:
		v.found(r.Seq, "entry %d stands after entry %d", r.Seq, v.last.Seq)
		return
	case r.Seq == v.last.Seq+2:
		v.found(v.last.Seq+1, "entry %d was removed", v.last.Seq+1)
		v.broken = true
	case r.Seq > v.last.Seq+1:
		v.found(v.last.Seq+1, "entries %d to %d were removed", v.last.Seq+1, r.Seq-1)
		v.broken = true
	}
	if r.Seq == 1 {
		v.begin(r)
	}
	if !v.broken {
		v.seal(r)
	}
	// Each row is held against the seal that the one before it has, so that one altered row is one problem.
	v.broken, v.last = false, Head{r.Seq, r.MAC}
	for _, name := range r.unproven() {
		v.found(r.Seq, "the %s beside entry %d is not what was written", name, r.Seq)
	}
	v.report.Erased += r.erased()
	v.testify()
}

// begin finds by which key the log was begun.
func (v *Verifier) begin(first Row) {
	for _, c := range v.known {
		if own := c.Next(c.Start(), first.Entry); hmac.Equal(own.MAC[:], first.MAC[:]) {
			v.chain, v.last = c, c.Start()
		}
	}
}

// seal holds a row against its seal, and follows where the log is handed over to another key.
func (v *Verifier) seal(r Row) {
	by := func(c *Chain) bool {
		own := c.Next(v.last, r.Entry)
		return hmac.Equal(own.MAC[:], r.MAC[:])
	}
	if !by(v.chain) {
		if other := slices.IndexFunc(v.known, by); other >= 0 {
			v.found(r.Seq, "entry %d was sealed with another key than the one before it, which was not handed over", r.Seq)
			v.chain = v.known[other]
			return
		}
		v.found(r.Seq, "entry %d is not as it was written, or stands in another's place, or was sealed with another key", r.Seq)
		return
	}
	if r.Act != HandedOver {
		return
	}
	next := slices.IndexFunc(v.known, func(c *Chain) bool { return c.Name() == r.Code })
	if next < 0 {
		v.found(r.Seq, "entry %d hands the log over to a key that was not given", r.Seq)
		return
	}
	v.chain = v.known[next]
}

// testify holds the last row against the heads that were seen when it was the last.
func (v *Verifier) testify() {
	for len(v.witness) > 0 && v.witness[0].Seq <= v.last.Seq {
		w := v.witness[0]
		v.witness = v.witness[1:]
		if w.Seq == v.last.Seq && !hmac.Equal(w.MAC[:], v.last.MAC[:]) {
			v.found(w.Seq, "entry %d is another one than when its head was noted", w.Seq)
		}
	}
}

// End is the report, once all rows were added. Stored is the head that lies with the log.
func (v *Verifier) End(stored Head) Report {
	switch {
	case stored.Seq > v.last.Seq:
		v.found(v.last.Seq+1, "entries %d to %d were cut off", v.last.Seq+1, stored.Seq)
	case stored.Seq < v.last.Seq:
		v.found(stored.Seq+1, "the head that lies with the log is that of entry %d, and there are %d", stored.Seq, v.last.Seq)
	case !hmac.Equal(stored.MAC[:], v.last.MAC[:]):
		v.found(stored.Seq, "the head that lies with the log is not that of its last entry")
	}
	for _, w := range v.witness {
		if w.Seq > max(stored.Seq, v.last.Seq) {
			v.found(v.last.Seq+1, "entries %d to %d were cut off: head %d was noted", v.last.Seq+1, w.Seq, w.Seq)
		}
	}
	v.report.Head = v.last
	return v.report
}
