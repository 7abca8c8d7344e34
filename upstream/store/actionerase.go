package store

import (
	"database/sql"
	"encoding/json"

	"github.com/manifold-graph/manifold/graph/action"
)

// eraseActions takes what is personal out of acts that have ended: reasons, addresses, messages. What they did to which
// account stays, for whoever comes back must be found. It counts acts that had something.
func (t *tx) eraseActions(name string, arg any) (int64, error) {
	type kept struct{ id, body []byte }
	var found []kept
	err := t.each(name, func(rows *sql.Rows) error {
		var k kept
		err := rows.Scan(&k.id, &k.body)
		found = append(found, k)
		return err
	}, arg)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, k := range found {
		a, err := actionOf(string(k.body), 0)
		if err != nil {
			return n, err
		}
		if !forget(&a) {
			continue
		}
		var before struct{ Revision int64 }
		if err := json.Unmarshal(k.body, &before); err != nil {
			return n, err
		}
		a.Revision = before.Revision
		body, err := json.Marshal(a)
		if err != nil {
			return n, err
		}
		if _, err := t.exec("eraseAction", k.id, string(body)); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// forget tells whether there was anything to forget.
func forget(a *action.Action) bool {
	had := a.Reason != ""
	a.Reason = ""
	for i := range a.Steps {
		s := &a.Steps[i]
		had = had || s.Email != "" || s.Message != "" || s.Address != ""
		s.Email, s.Message, s.Address = "", "", ""
	}
	return had
}
