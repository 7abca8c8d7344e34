package scalar

import (
	"encoding/json"
	"testing"
)

func TestTextTakesEverySpelling(t *testing.T) {
	for raw, want := range map[string]Text{
		`"301"`: "301", `301`: "301", `"a\u0301\n"`: "a\u0301\n", `null`: "", `{"x":1}`: "", `["x"]`: "", `true`: "true", `""`: "",
		`12345678901234567890`: "12345678901234567890",
	} {
		got := struct{ T Text }{"old"}
		if err := json.Unmarshal([]byte(`{"T":`+raw+`}`), &got); err != nil || got.T != want {
			t.Errorf("%s: got %q, %v", raw, got.T, err)
		}
	}
}

func TestBoolKnowsWhenItDoesNotKnow(t *testing.T) {
	for raw, want := range map[string]Bool{
		`true`: {true, true}, `"true"`: {true, true}, `false`: {false, true}, `"false"`: {false, true},
		`null`: {}, `1`: {}, `"yes"`: {}, `{}`: {}, `[]`: {},
	} {
		got := Bool{true, true}
		if err := json.Unmarshal([]byte(raw), &got); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", raw, got, err)
		}
		if p := got.Pointer(); (p != nil) != want.Known || p != nil && *p != want.Value {
			t.Errorf("%s: pointer %v", raw, p)
		}
	}
}

func TestIntKnowsWhenItDoesNotKnow(t *testing.T) {
	for raw, want := range map[string]Int{
		`7`: {7, true}, `"7"`: {7, true}, `-1`: {-1, true}, `0`: {0, true},
		`null`: {}, `7.5`: {}, `1e99`: {}, `"many"`: {}, `{}`: {}, `[]`: {},
	} {
		got := Int{3, true}
		if err := json.Unmarshal([]byte(raw), &got); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", raw, got, err)
		}
		if n := got.Or(-5); want.Known && n != want.Value || !want.Known && n != -5 {
			t.Errorf("%s: or %d", raw, n)
		}
	}
}
