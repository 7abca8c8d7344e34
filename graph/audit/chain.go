package audit

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MAC seals an entry and, through the one before it, all that came earlier.
type MAC [32]byte

// String is the MAC in hexadecimal.
func (m MAC) String() string { return hex.EncodeToString(m[:]) }

// Head is the end of a chain. Kept where nobody who may change the chain can change it, it shows that nothing was cut off.
type Head struct {
	Seq int64
	MAC MAC
}

// String is the head as the log and verify spell it: SEQ:MAC.
func (h Head) String() string { return strconv.FormatInt(h.Seq, 10) + ":" + h.MAC.String() }

// ParseHead reads what String writes.
func ParseHead(s string) (Head, error) {
	number, seal, _ := strings.Cut(strings.TrimSpace(s), ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	raw, errHex := hex.DecodeString(seal)
	if err != nil || errHex != nil || seq < 0 || len(raw) != len(MAC{}) {
		return Head{}, errors.New("a head is SEQ:MAC, a number and 64 hexadecimal digits, as the log has it")
	}
	return Head{Seq: seq, MAC: MAC(raw)}, nil
}

// MinKey is the shortest key that NewChain accepts, in bytes.
const MinKey = 32

// Chain seals entries. It is safe for concurrent use.
type Chain struct{ key []byte }

// NewChain derives a chain from a secret of at least MinKey bytes that is kept outside the log. All replicas share it.
func NewChain(secret []byte) (*Chain, error) {
	if len(secret) < MinKey {
		return nil, fmt.Errorf("audit: the key has %d bytes and needs at least %d", len(secret), MinKey)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "manifold audit v1 chain", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("audit: derive the key of the chain: %w", err)
	}
	return &Chain{key}, nil
}

// HandedOver is the act of the entry by which a log goes on under another key. It is the last one under the key of before, and
// its Code is the Name of the next.
const HandedOver = "rotateAuditKey"

// Name tells a chain's key from others, and nothing of it.
func (c *Chain) Name() string { return "KEY_" + c.Start().MAC.String()[:16] }

// Start is the head of an empty chain.
func (c *Chain) Start() Head { return Head{MAC: c.seal(MAC{}, []byte("start"))} }

// Next is the head once e, which has its number and time, was added to prev.
func (c *Chain) Next(prev Head, e Entry) Head {
	return Head{Seq: e.Seq, MAC: c.seal(prev.MAC, e.canonical())}
}

func (c *Chain) seal(prev MAC, data []byte) MAC {
	mac := hmac.New(sha256.New, c.key)
	mac.Write(prev[:])
	mac.Write(data)
	return MAC(mac.Sum(nil))
}

// form is the first byte of what is sealed, so that a later form can be told from this one.
const form = 1

// canonical spells e so that two entries that differ in anything are spelled differently.
func (e Entry) canonical() []byte {
	b := []byte{form}
	b = binary.AppendVarint(b, e.Seq)
	b = binary.AppendVarint(b, e.At.UnixMicro())
	b = append(b, byte(e.Phase), byte(e.Result), byte(e.Place.System), byte(e.Place.Kind))
	for _, s := range []string{
		e.Act, e.Actor.Principal, e.Actor.Client, string(e.Person[:]), string(e.Source), e.Place.Account, e.Place.ID, e.Action, e.Step, e.Request, e.Code,
	} {
		b = appendText(b, s)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Subjects)))
	for _, s := range e.Subjects {
		b = append(b, byte(s.System))
		b = appendText(b, s.Account)
		b = append(b, s.ID[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Correlations)))
	for _, s := range e.Correlations {
		b = appendText(b, s)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Costs)))
	for _, c := range e.Costs {
		b = appendText(b, string(c.Source))
		b = binary.AppendVarint(b, int64(c.Calls))
		b = binary.AppendVarint(b, int64(c.Tokens))
	}
	b = binary.AppendUvarint(b, uint64(len(e.Values)))
	for _, v := range e.Values {
		b = appendText(b, v.Name)
		b = append(b, v.Value[:]...)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}
