package cache

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/klauspost/compress/zstd"
)

// A record is: the format, the schema version, a checksum of the rest, whether the rest is compressed, the value.
const (
	recordFormat = 1
	recordHead   = 1 + 4 + 4
	// maxBody bounds a value, so that a record cannot make its reader run out of memory.
	maxBody = 8 << 20

	plain      = 0
	compressed = 1
)

var errTooBig = errors.New("cache: the value is too big for the second level")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Coders are safe for concurrent use, so that all caches share them. They are made and used once while the package starts:
// they pass their buffers over channels, and a channel made in a test's bubble would belong to that bubble.
var (
	compressor   = newCompressor()
	decompressor = newDecompressor()
)

func newCompressor() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false),
		zstd.WithWindowSize(256<<10), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err) // only for options that do not exist
	}
	e.EncodeAll([]byte{0}, nil)
	return e
}

func newDecompressor() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxBody))
	if err != nil {
		panic(err)
	}
	return d
}

// seal makes a record of body.
func seal(schema uint32, body []byte) ([]byte, error) {
	if len(body) > maxBody {
		return nil, errTooBig
	}
	record := make([]byte, recordHead, recordHead+1+len(body)/2)
	record[0] = recordFormat
	binary.BigEndian.PutUint32(record[1:], schema)
	record = compressor.EncodeAll(body, append(record, compressed))
	if len(record) >= recordHead+1+len(body) {
		record = append(append(record[:recordHead], plain), body...)
	}
	return withChecksum(record), nil
}

// withChecksum sets the checksum of record's rest.
func withChecksum(record []byte) []byte {
	binary.BigEndian.PutUint32(record[5:], crc32.Checksum(record[recordHead:], castagnoli))
	return record
}

// unseal is the body of a record; false if it is of another format or schema, or not whole.
func unseal(schema uint32, record []byte) (body []byte, ok bool) {
	if len(record) <= recordHead || record[0] != recordFormat || binary.BigEndian.Uint32(record[1:]) != schema ||
		binary.BigEndian.Uint32(record[5:]) != crc32.Checksum(record[recordHead:], castagnoli) {
		return nil, false
	}
	rest := record[recordHead+1:]
	switch {
	case len(rest) > maxBody:
		return nil, false
	case record[recordHead] == plain:
		return rest, true
	case record[recordHead] == compressed:
		if body, err := decompressor.DecodeAll(rest, nil); err == nil && len(body) <= maxBody {
			return body, true
		}
	}
	return nil, false
}
