package exec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Response is the body of a GraphQL answer. Without Data it is the answer to a request that was not run.
type Response struct {
	Data   json.RawMessage `json:"data,omitempty"`
	Errors []*Error        `json:"errors,omitempty"`
}

// Run resolves the operation field by field. When objectLimit is positive and more objects than
// that have been resolved, the root field at work and those after it become null with a timeout's
// error; root fields before it keep their values.
func (o *Operation[E]) Run(env E, objectLimit int) Response {
	r := run[E]{env: env, limit: objectLimit}
	if !r.object(o.fields, nil) {
		r.out.Reset()
		r.out.WriteString("null")
	}
	return Response{Data: r.out.Bytes(), Errors: r.errs}
}

type run[E any] struct {
	env   E
	out   bytes.Buffer
	errs  []*Error
	path  []step
	limit int
	seen  int
	late  bool
}

// step is one element of a path: a key, or an index when key is empty.
type step struct {
	key   string
	index int
}

// object writes the fields of one value. It reports false when a null reached a non-null field:
// the caller discards what was written.
func (r *run[E]) object(fields []*field[E], parent any) bool {
	r.seen++
	r.out.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			r.out.WriteByte(',')
		}
		r.out.Write(f.quoted)
		r.path = append(r.path, step{key: f.key})
		ok := r.field(f, parent)
		r.path = r.path[:len(r.path)-1]
		if !ok {
			return false
		}
	}
	r.out.WriteByte('}')
	return true
}

func (r *run[E]) field(f *field[E], parent any) bool {
	mark := r.out.Len()
	ok := false
	if !r.overdue() {
		v, err := f.resolve(r.env, parent, f.args)
		if err != nil {
			r.errs = append(r.errs, placed(err, f.at, r.where()))
		}
		ok = r.value(f, f.typ, v, err != nil)
	}
	root := len(r.path) == 1
	if r.late && !root {
		return false
	}
	if r.late && !ok {
		timeout := &Error{Message: fmt.Sprintf("Timeout on %s.%s", f.parent, f.name)}
		r.errs = append(r.errs, placed(timeout, f.at, r.where()))
	}
	if ok {
		return true
	}
	return r.null(f.typ, mark)
}

// overdue trips once the operation has resolved more objects than it may.
func (r *run[E]) overdue() bool {
	if r.limit > 0 && r.seen > r.limit {
		r.late = true
	}
	return r.late
}

// null replaces what was written since mark, or reports false where null is not allowed.
func (r *run[E]) null(typ *ast.Type, mark int) bool {
	if typ.NonNull {
		return false
	}
	r.out.Truncate(mark)
	r.out.WriteString("null")
	return true
}

// value completes v as typ. failed says that an error about it has been reported already.
func (r *run[E]) value(f *field[E], typ *ast.Type, v any, failed bool) bool {
	mark := r.out.Len()
	if v == nil {
		if typ.NonNull && !failed {
			r.errs = append(r.errs, placed(&Error{Message: "Cannot return null for non-nullable field " + f.parent + "." + f.name}, f.at, r.where()))
		}
		return r.null(typ, mark)
	}
	ok := false
	switch {
	case typ.Elem != nil:
		ok = r.list(f, typ.Elem, v.([]any))
	case f.sub != nil:
		ok = r.object(f.sub, v)
	default:
		r.leaf(typ, v)
		ok = true
	}
	if ok {
		return true
	}
	return !r.late && r.null(typ, mark)
}

func (r *run[E]) list(f *field[E], elem *ast.Type, items []any) bool {
	r.out.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			r.out.WriteByte(',')
		}
		r.path = append(r.path, step{index: i})
		err, failed := item.(*Error)
		if failed {
			r.errs = append(r.errs, placed(err, f.at, r.where()))
			item = nil
		}
		ok := r.value(f, elem, item, failed)
		r.path = r.path[:len(r.path)-1]
		if !ok {
			return false
		}
	}
	r.out.WriteByte(']')
	return true
}

func (r *run[E]) leaf(typ *ast.Type, v any) {
	switch v := v.(type) {
	case string:
		r.text(v)
	case bool:
		r.out.Write(strconv.AppendBool(r.out.AvailableBuffer(), v))
	case int:
		r.number(typ, int64(v))
	case int64:
		r.number(typ, v)
	default:
		encoded, err := json.Marshal(v)
		if err != nil {
			encoded = []byte("null")
		}
		r.out.Write(encoded)
	}
}

// number writes an integer; where the schema says ID or String it goes out as a string.
func (r *run[E]) number(typ *ast.Type, n int64) {
	digits := strconv.AppendInt(r.out.AvailableBuffer(), n, 10)
	if typ.NamedType == "Int" {
		r.out.Write(digits)
		return
	}
	r.text(string(digits))
}

// text writes a JSON string; plain ASCII, which is nearly everything, takes the short way.
func (r *run[E]) text(s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			encoded, _ := json.Marshal(s) // a string cannot fail
			r.out.Write(encoded)
			return
		}
	}
	r.out.WriteByte('"')
	r.out.WriteString(s)
	r.out.WriteByte('"')
}

func (r *run[E]) where() []any {
	path := make([]any, len(r.path))
	for i, s := range r.path {
		if s.key != "" {
			path[i] = s.key
		} else {
			path[i] = s.index
		}
	}
	return path
}

// WriteTo writes the answer as JSON, without encoding the data twice.
func (r Response) WriteTo(w io.Writer) (int64, error) {
	head, tail := `{"data":`, "}"
	if len(r.Errors) > 0 {
		errs, err := json.Marshal(r.Errors)
		if err != nil {
			return 0, fmt.Errorf("exec: encode errors: %w", err)
		}
		tail = `,"errors":` + string(errs) + "}"
	}
	data := r.Data
	if len(data) == 0 {
		head, data = "{", nil
		tail = strings.TrimPrefix(tail, ",")
	}
	var written int64
	for _, part := range [][]byte{[]byte(head), data, []byte(tail)} {
		n, err := w.Write(part)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}
