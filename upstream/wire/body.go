package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

var (
	errTooLarge = errors.New("the answer is larger than the limit")
	errEmpty    = errors.New("the answer is empty")
	errNoToken  = errors.New("the answer holds no usable token")
	errJSON     = errors.New("the answer is not one JSON value")
)

// readAll reads a body of at most limit bytes. declared is the Content-Length,
// negative when unknown; it sizes the buffer but is not believed beyond 1 MiB.
func readAll(body io.Reader, declared, limit int64) ([]byte, error) {
	if declared > limit {
		return nil, errTooLarge
	}
	var buf bytes.Buffer
	buf.Grow(int(min(max(declared, 0), 1<<20)) + bytes.MinRead)
	n, err := buf.ReadFrom(io.LimitReader(body, limit+1))
	if err == nil && n > limit {
		err = errTooLarge
	}
	return buf.Bytes(), err
}

// decode reads exactly one JSON value into out and asks it whether it is good.
// Unknown fields are ignored: vendors add them without notice.
func decode(body []byte, out any) Verdict {
	if out == nil {
		return Verdict{}
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return Verdict{Kind: Malformed, Cause: errEmpty}
	}
	if err := json.Unmarshal(body, out); err != nil {
		// The decoder's own text can quote values of the body.
		if typed, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return Verdict{Kind: Malformed, Cause: fmt.Errorf("the answer has an unexpected shape at byte %d", typed.Offset)}
		}
		return Verdict{Kind: Malformed, Cause: errJSON}
	}
	if j, ok := out.(Judge); ok {
		return j.Judge()
	}
	return Verdict{}
}
