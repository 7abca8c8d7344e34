package share

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/manifold-graph/manifold/graph/person"
)

// errSpoilt is what a decoder says of bytes that no encoder wrote.
var errSpoilt = errors.New("spoilt")

const (
	// maxText bounds one text, in bytes.
	maxText = 1 << 20
	// maxWords bounds the dictionary.
	maxWords = 1 << 16
	// firstRoom is the most that a list gets before its elements have come: a length may be a lie.
	firstRoom = 1 << 12
)

// codec walks values in one of two directions: with w it writes them, with r it fills them. Its first error sticks;
// what follows does nothing. What is written is not touched: others read it meanwhile, and go on with it after an error.
type codec struct {
	w   *bufio.Writer
	r   *bufio.Reader
	err error

	// words numbers the texts that come often, such as roles and time zones; spelled holds them by number.
	words   map[string]int
	spelled []string
	// table holds the resources by number.
	number map[*person.Resource]int
	table  []*person.Resource

	buf [binary.MaxVarintLen64]byte
}

const ioBuffer = 64 << 10

func newEncoder(w io.Writer) *codec {
	return &codec{w: bufio.NewWriterSize(w, ioBuffer), words: map[string]int{}, number: map[*person.Resource]int{}}
}

func newDecoder(r io.Reader) *codec { return &codec{r: bufio.NewReaderSize(r, ioBuffer)} }

func (c *codec) decoding() bool { return c.r != nil }

// check fails the codec with what is wrong unless ok.
func (c *codec) check(ok bool, wrong string) bool {
	if !ok && c.err == nil {
		c.err = fmt.Errorf("%w: %s", errSpoilt, wrong)
	}
	return c.err == nil
}

func (c *codec) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// end flushes what was written, or makes sure that nothing is left to read.
func (c *codec) end() error {
	if c.err != nil {
		return c.err
	}
	if !c.decoding() {
		return c.w.Flush()
	}
	switch _, err := c.r.ReadByte(); {
	case err == nil:
		return fmt.Errorf("%w: more follows than was told", errSpoilt)
	case err != io.EOF:
		return err
	}
	return nil
}

func (c *codec) uint(v *uint64) {
	if c.err != nil {
		*v = 0
		return
	}
	if !c.decoding() {
		n := binary.PutUvarint(c.buf[:], *v)
		_, err := c.w.Write(c.buf[:n])
		c.fail(err)
		return
	}
	*v = c.readUint()
}

func (c *codec) readUint() uint64 {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		b, err := c.r.ReadByte()
		if err != nil {
			c.fail(unexpected(err))
			return 0
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	c.check(false, "a number without an end")
	return 0
}

// unexpected is an end where more should follow.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (c *codec) int64(v *int64) {
	u := uint64(*v)<<1 ^ uint64(*v>>63) // small negatives stay short
	c.uint(&u)
	if c.decoding() {
		*v = int64(u>>1) ^ -int64(u&1)
	}
}

func (c *codec) int(v *int) {
	n := int64(*v)
	c.int64(&n)
	if c.decoding() {
		*v = int(n)
	}
}

func (c *codec) bool(v *bool) {
	u := uint64(0)
	if *v {
		u = 1
	}
	c.uint(&u)
	if c.check(u <= 1, "neither true nor false") && c.decoding() {
		*v = u == 1
	}
}

// enum is a closed set of values up to last.
func enum[T ~uint8](c *codec, v *T, last T) {
	u := uint64(*v)
	c.uint(&u)
	if c.check(u <= uint64(last), "a value that is not known") && c.decoding() {
		*v = T(u)
	}
}

// time has nanoseconds; it comes back in UTC. Counted from the zero time, an unset one is short.
func (c *codec) time(t *time.Time) {
	zero := time.Time{}.Unix()
	seconds, nanos := t.Unix()-zero, uint64(t.Nanosecond())
	c.int64(&seconds)
	c.uint(&nanos)
	c.check(nanos < uint64(time.Second), "more nanoseconds than a second has")
	if c.decoding() && c.err == nil {
		*t = time.Unix(seconds+zero, int64(nanos)).UTC()
	}
}

func (c *codec) text(s *string) {
	n := uint64(len(*s))
	c.check(n <= maxText, "a text that is too long")
	c.uint(&n)
	if !c.check(n <= maxText, "a text that is too long") {
		return
	}
	if !c.decoding() {
		_, err := c.w.WriteString(*s)
		c.fail(err)
		return
	}
	if n <= ioBuffer {
		b, err := c.r.Peek(int(n))
		if err != nil {
			c.fail(unexpected(err))
			return
		}
		*s = string(b)
		_, _ = c.r.Discard(int(n)) // they are there
		return
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(c.r, b); err != nil {
		c.fail(unexpected(err))
		return
	}
	*s = string(b)
}

// word is a text of which the same few come again and again: each is written once, and held once when decoded.
func word[T ~string](c *codec, s *T) {
	text := string(*s)
	n := uint64(0) // a new word follows
	if !c.decoding() {
		if number, known := c.words[text]; known {
			n = uint64(number) + 1
		}
	}
	c.uint(&n)
	switch {
	case n == 0:
		c.text(&text)
		c.learn(text)
	case c.decoding():
		if c.check(n <= uint64(len(c.spelled)), "a word that was not spelled") {
			text = c.spelled[n-1]
		}
	}
	if c.decoding() {
		*s = T(text)
	}
}

func (c *codec) learn(word string) {
	switch {
	case c.decoding() && len(c.spelled) < maxWords:
		c.spelled = append(c.spelled, word)
	case !c.decoding() && len(c.words) < maxWords:
		c.words[word] = len(c.words)
	}
}

// like is a text that mostly equals another, and then shares its memory.
func (c *codec) like(s *string, other string) {
	same := *s == other
	c.bool(&same)
	if !same {
		c.text(s)
	} else if c.decoding() {
		*s = other
	}
}

// list keeps nil apart from empty.
func list[T any](c *codec, s *[]T, each func(*codec, *T)) {
	n := uint64(0)
	if *s != nil {
		n = uint64(len(*s)) + 1
	}
	c.uint(&n)
	if c.err != nil || n == 0 {
		return
	}
	if !c.decoding() {
		for i := range *s {
			each(c, &(*s)[i])
		}
		return
	}
	*s = make([]T, 0, min(n-1, firstRoom))
	for i := range n - 1 {
		var v T
		*s = append(*s, v)
		if each(c, &(*s)[i]); c.err != nil {
			return
		}
	}
}

func optional[T any](c *codec, p **T, each func(*codec, *T)) {
	has := *p != nil
	c.bool(&has)
	if !has || c.err != nil {
		return
	}
	if c.decoding() {
		*p = new(T)
	}
	each(c, *p)
}
