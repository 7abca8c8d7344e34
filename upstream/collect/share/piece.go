package share

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/manifold-graph/manifold/upstream/collect"
)

// maxPiece bounds a reading in one piece, before compression.
const maxPiece = 256 << 20

// Pieces turns readings into single pieces of bytes, for replicas that pass them on otherwise than by an Exchange.
type Pieces struct{}

var _ collect.ReadingCodec = Pieces{}

// Schema is the number of the layout.
func (Pieces) Schema() uint32 { return layoutVersion }

// Pack writes a reading, compressed to about 30 bytes an identity.
func (Pieces) Pack(r *collect.Reading) ([]byte, error) {
	return press(func(c *codec) { c.reading(r) })
}

// Unpack reads what Pack wrote.
func (Pieces) Unpack(b []byte) (*collect.Reading, error) {
	r := new(collect.Reading)
	if err := unpress(b, maxPiece, func(c *codec) { c.reading(r) }); err != nil {
		return nil, err
	}
	return r, nil
}

// press is what write writes, compressed in one piece.
func press(write func(*codec)) ([]byte, error) {
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window))
	if err != nil {
		return nil, err
	}
	c := newEncoder(z)
	write(c)
	if err := c.end(); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// unpress lets read read what press wrote, up to limit bytes of it.
func unpress(b []byte, limit int64, read func(*codec)) error {
	z, err := decompressor(bytes.NewReader(b))
	if err != nil {
		return err
	}
	defer z.Close()
	c := newDecoder(io.LimitReader(z, limit))
	read(c)
	return c.end()
}
