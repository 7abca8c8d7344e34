package wire_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/wire"
)

var errSpent = errors.New("the day's tokens are gone")

func TestClassifyHookSpeaksBeforeTheStatus(t *testing.T) {
	c := newClient(t, wire.Config{BaseURL: "http://x", Limits: calm,
		Transport: play(answer(429, `{"error":"over"}`, "Retry-After", "9"), answer(404, `{}`)),
		Classify: func(a wire.Answer) wire.Verdict {
			if a.Status == 429 && a.Attempt == 1 && strings.Contains(string(a.Body), "over") && a.Header.Get("Retry-After") == "9" {
				return wire.Verdict{Kind: wire.DailyLimited, RetryAfter: time.Hour, Cause: errSpent}
			}
			return wire.Verdict{}
		}})
	_, err := c.Do(t.Context(), get("x"), nil)
	if f := kindOf(t, err, wire.DailyLimited); f.RetryAfter != time.Hour || !errors.Is(err, errSpent) {
		t.Errorf("%+v", f)
	}
	_, err = c.Do(t.Context(), get("x"), nil)
	kindOf(t, err, wire.NotFound)
}

type envelope struct{ Success bool }

func (e *envelope) Judge() wire.Verdict {
	if e.Success {
		return wire.Verdict{}
	}
	return wire.Verdict{Kind: wire.BadRequest}
}

func TestAnswerJudgesItself(t *testing.T) {
	gate := &ledger{}
	c := newClient(t, wire.Config{BaseURL: "http://x", Transport: play(answer(200, `{"success":true}`), answer(200, `{"success":false}`))}).As(wire.Refresh, gate)
	if _, err := c.Do(t.Context(), get("x"), new(envelope)); err != nil {
		t.Fatal(err)
	}
	_, err := c.Do(t.Context(), get("x"), new(envelope))
	kindOf(t, err, wire.BadRequest)
	if o := gate.settled(t); o[1].Kind != wire.BadRequest || o[1].Status != 200 {
		t.Errorf("outcome %+v", o[1])
	}
}

// FuzzAnswers sends any status, headers and body through the whole path: no
// panic, one closed ticket, and no word of the body in the error.
func FuzzAnswers(f *testing.F) {
	f.Add(200, `{"data":[1]}`, "application/json", "")
	f.Add(200, `{"data":`, "text/html", "1")
	f.Add(403, `<html>`, "", "x")
	f.Add(429, ``, "", "99999999999999999999")
	f.Add(524, "\x00\xff", "text/html", "Sat, 21 Nov 2026 12:00:09 GMT")
	f.Fuzz(func(t *testing.T, status int, body, contentType, retryAfter string) {
		gate := &ledger{}
		c := newClient(t, wire.Config{BaseURL: "http://x", Limits: calm, Transport: play(answer(status, body, "Content-Type", contentType, "Retry-After", retryAfter))}).As(wire.Refresh, gate)
		var out struct{ Data []int }
		_, err := c.Do(t.Context(), get("x"), &out)
		if n := len(gate.settled(t)); n != 1 {
			t.Fatalf("%d attempts", n)
		}
		if (err == nil) != (wire.KindOf(err) == wire.OK) || gate.outcomes[0].Kind != wire.KindOf(err) {
			t.Fatalf("the gate saw %v, the caller %v", gate.outcomes[0].Kind, err)
		}
		if err != nil && len(body) > 20 && strings.Contains(err.Error(), body) {
			t.Fatalf("the error repeats the body: %v", err)
		}
	})
}
