package share

import (
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/manifold-graph/manifold/graph/directory"
	"github.com/manifold-graph/manifold/upstream/collect"
)

// chunk is one part of a packed reading, as its manifest tells of it.
type chunk struct {
	Size int    `json:"size"`
	Sum  uint32 `json:"crc32c"`
}

// manifest says where the parts of a packed reading are, and how large it becomes.
type manifest struct {
	ID     string  `json:"id"`
	Raw    int64   `json:"raw"`
	Chunks []chunk `json:"chunks"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// window bounds what compression looks back on, and with it the memory of both sides.
const window = 4 << 20

// pack writes a reading as compressed chunks of size bytes, the last one shorter. Each is handed to put as soon as it
// is full, and belongs to put.
func pack(r *collect.Reading, size int, put func(n int, b []byte) error) (manifest, error) {
	var m manifest
	out := &chunker{size: size, put: func(b []byte) error {
		m.Chunks = append(m.Chunks, chunk{Size: len(b), Sum: crc32.Checksum(b, castagnoli)})
		return put(len(m.Chunks)-1, b)
	}}
	z, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window))
	if err != nil {
		return manifest{}, err
	}
	raw := &counter{w: z}
	c := newEncoder(raw)
	c.reading(r)
	if err := c.end(); err != nil {
		return manifest{}, err
	}
	if err := z.Close(); err != nil {
		return manifest{}, err
	}
	if err := out.flush(); err != nil {
		return manifest{}, err
	}
	m.Raw = raw.n
	return m, nil
}

// unpack reads what pack wrote; get gives its chunks, in order. The result is bounded by what the manifest says, and
// that by limit, in bytes before compression.
func unpack(m manifest, limit int64, get func(n int) ([]byte, error)) (*collect.Reading, error) {
	if m.Raw < 0 || m.Raw > limit {
		return nil, fmt.Errorf("%w: %d bytes are more than %d", errSpoilt, m.Raw, limit)
	}
	z, err := decompressor(&chunks{m: m, get: get})
	if err != nil {
		return nil, err
	}
	defer z.Close()
	c, r := newDecoder(io.LimitReader(z, m.Raw)), new(collect.Reading)
	c.reading(r)
	if err := c.end(); err != nil {
		return nil, err
	}
	return r, nil
}

// packChanges is changes in one piece.
func packChanges(all []directory.Change) ([]byte, error) {
	return press(func(c *codec) { c.changes(&all) })
}

func unpackChanges(b []byte, limit int64) ([]directory.Change, error) {
	var all []directory.Change
	if err := unpress(b, limit, func(c *codec) { c.changes(&all) }); err != nil {
		return nil, err
	}
	return all, nil
}

// decompressor works in the goroutine of who reads.
func decompressor(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window), zstd.WithDecoderLowmem(true))
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// chunker cuts what is written into pieces of size.
type chunker struct {
	size int
	buf  []byte
	put  func([]byte) error
}

func (c *chunker) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		if c.buf == nil {
			c.buf = make([]byte, 0, c.size)
		}
		n := min(len(rest), c.size-len(c.buf))
		c.buf, rest = append(c.buf, rest[:n]...), rest[n:]
		if len(c.buf) == c.size {
			if err := c.flush(); err != nil {
				return 0, err
			}
		}
	}
	return len(b), nil
}

func (c *chunker) flush() error {
	if len(c.buf) == 0 {
		return nil
	}
	b := c.buf
	c.buf = nil
	return c.put(b)
}

// chunks reads the chunks of a manifest one after another, and checks each.
type chunks struct {
	m    manifest
	get  func(n int) ([]byte, error)
	next int
	rest []byte
}

func (c *chunks) Read(b []byte) (int, error) {
	for len(c.rest) == 0 {
		if c.next == len(c.m.Chunks) {
			return 0, io.EOF
		}
		got, err := c.get(c.next)
		if err != nil {
			return 0, err
		}
		want := c.m.Chunks[c.next]
		if len(got) != want.Size || crc32.Checksum(got, castagnoli) != want.Sum {
			return 0, fmt.Errorf("%w: chunk %d is not what was written", errSpoilt, c.next)
		}
		c.rest = got
		c.next++
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}
