package store

import (
	"fmt"
	"strings"

	"github.com/manifold-graph/manifold/graph/person"
)

// rowsAtOnce keeps the parameters of one statement below what every engine takes.
const rowsAtOnce = 200

// insert adds many rows with few statements. Columns are "a, b, c"; what follows stands behind the rows.
func (t *tx) insert(table, columns, follows string, rows [][]any) error {
	width := strings.Count(columns, ",") + 1
	for len(rows) > 0 {
		n := min(rowsAtOnce, len(rows))
		var b strings.Builder
		fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", table, columns)
		args := make([]any, 0, n*width)
		for i, row := range rows[:n] {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteByte('(')
			for j, v := range row {
				if j > 0 {
					b.WriteString(", ")
				}
				args = append(args, v)
				fmt.Fprintf(&b, "$%d", len(args))
			}
			b.WriteByte(')')
		}
		b.WriteString(" " + follows)
		if _, err := t.sql.ExecContext(t.ctx, t.store.engine.Spell(b.String()), args...); err != nil {
			return fmt.Errorf("insert into %s: %w", table, err)
		}
		rows = rows[n:]
	}
	return nil
}

// keyScan takes the three columns of an identity key.
type keyScan struct {
	system            uint8
	account, identity []byte
}

func (k keyScan) key() person.Key {
	return person.Key{System: person.System(k.system), Account: string(k.account), ID: string(k.identity)}
}

// keyColumns are what keyScan takes, with the digest before them.
func keyColumns(k person.Key) []any {
	return []any{digestOf(k), int(k.System), []byte(k.Account), []byte(k.ID)}
}

// bit is how both engines keep a truth.
func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func personOf(b []byte) person.ID {
	var id person.ID
	copy(id[:], b)
	return id
}
