package lenient_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/manifold-graph/manifold/upstream/wire/lenient"
)

// record has one field of each sort.
type record struct {
	S lenient.String
	I lenient.Int
	B lenient.Bool
	T lenient.Time
}

func TestScalarsTakeWhatVendorsSend(t *testing.T) {
	at := time.Date(2026, 6, 7, 11, 12, 13, 0, time.UTC)
	yes, no := lenient.Bool{Value: true, Valid: true}, lenient.Bool{Valid: true}
	seven := lenient.Int{Value: 7, Valid: true}
	for in, want := range map[string]record{
		`"abc"`:                       {S: "abc"},
		`"7"`:                         {S: "7", I: seven, T: lenient.Time{Time: time.UnixMilli(7).UTC()}},
		`7`:                           {S: "7", I: seven, T: lenient.Time{Time: time.UnixMilli(7).UTC()}},
		`7.0`:                         {S: "7.0", I: seven},
		`7.5`:                         {S: "7.5"},
		`1e30`:                        {S: "1e30"},
		`-3`:                          {S: "-3", I: lenient.Int{Value: -3, Valid: true}},
		`99999999999999999999`:        {S: "99999999999999999999"},
		`9223372036854775807`:         {S: "9223372036854775807", I: lenient.Int{Value: 1<<63 - 1, Valid: true}},
		`true`:                        {B: yes},
		`"TRUE"`:                      {S: "TRUE", B: yes},
		`false`:                       {B: no},
		`0`:                           {S: "0", I: lenient.Int{Valid: true}, B: no},
		`"0"`:                         {S: "0", I: lenient.Int{Valid: true}, B: no},
		`null`:                        {},
		`{}`:                          {},
		`[1]`:                         {},
		`""`:                          {},
		`"\u00e9\"\n"`:                {S: "é\"\n"},
		`"é"`:                         {S: "é"},
		`"2026-06-07 11:12:13"`:       {S: "2026-06-07 11:12:13", T: lenient.Time{Time: at}},
		`"2026-06-07T13:12:13+02:00"`: {S: "2026-06-07T13:12:13+02:00", T: lenient.Time{Time: at}},
		`"2026-06-07T11:12:13.000Z"`:  {S: "2026-06-07T11:12:13.000Z", T: lenient.Time{Time: at}},
		`1780830733000`:               {S: "1780830733000", I: lenient.Int{Value: 1780830733000, Valid: true}, T: lenient.Time{Time: at}},
		`"0000-00-00 00:00:00"`:       {S: "0000-00-00 00:00:00"},
	} {
		var got record
		if err := json.Unmarshal([]byte(`{"S":`+in+`,"I":`+in+`,"B":`+in+`,"T":`+in+`}`), &got); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if got != want && in != `1` {
			t.Errorf("%s: got %+v, want %+v", in, got, want)
		}
	}
	var one record
	if err := json.Unmarshal([]byte(`{"B":1}`), &one); err != nil || one.B != yes {
		t.Errorf("1 is not true: %+v, %v", one, err)
	}
	if (lenient.Int{}).Ptr() != nil || *seven.Ptr() != 7 || (lenient.Bool{}).Ptr() != nil || *no.Ptr() {
		t.Error("Ptr must be nil exactly where there was no value")
	}
}

func TestListKeepsItsGoodElements(t *testing.T) {
	for in, want := range map[string]lenient.List[map[string]int]{
		`[{"a":1},null,7,{"a":"x"},{"a":2}]`: {Valid: true, Dropped: 3, Items: []map[string]int{{"a": 1}, {"a": 2}}},
		`[]`:                                 {Valid: true},
		`null`:                               {Null: true},
		`{"a":1}`:                            {},
		`"x"`:                                {},
	} {
		got := lenient.List[map[string]int]{Items: []map[string]int{{"stale": 1}}, Dropped: 9}
		if err := json.Unmarshal([]byte(in), &got); err != nil {
			t.Fatal(err)
		}
		if got.Valid != want.Valid || got.Null != want.Null || got.Dropped != want.Dropped || len(got.Items) != len(want.Items) {
			t.Errorf("%s: got %+v", in, got)
		}
	}
}

func FuzzScalars(f *testing.F) {
	for _, seed := range []string{`1`, `"2026-06-07 11:12:13"`, `[{"S":1}]`, `{"S":{}}`, `"\ud800"`, `1e999`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if !json.Valid([]byte(in)) {
			return
		}
		var got record
		if err := json.Unmarshal([]byte(`{"S":`+in+`,"I":`+in+`,"B":`+in+`,"T":`+in+`}`), &got); err != nil {
			t.Fatal(err)
		}
		if _, err := got.T.MarshalJSON(); err != nil {
			t.Fatalf("%s became a time that cannot be written: %v", in, err)
		}
		var list lenient.List[record]
		var object lenient.Object[record]
		if json.Unmarshal([]byte(in), &list) != nil || json.Unmarshal([]byte(in), &object) != nil {
			t.Fatal("a list or object failed to decode")
		}
	})
}
