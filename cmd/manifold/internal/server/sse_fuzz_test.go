package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/server"
)

// A client reads by fits and starts, and stalls. What it gets is events whole and in order, none left out; what it does not
// take within the patience of the server ends it, and nothing of it goes on.
func FuzzEventStreamThatStalls(f *testing.F) {
	for _, seed := range []string{"", "\x00\x01\x02", "ererer", "eeee", "rrss\xff\xff", "e\x11r\x21e\xf2r", "\xf1\xf1\xf1e"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, deeds []byte) {
		synctest.Test(t, func(t *testing.T) {
			const patience = 10 * time.Second
			es, saw := newTicker(), &watched{}
			es.events = make(chan string, 300) // a source waits for no client
			client, stop := faked(t, es.handler(server.Limits{}), server.Options{Streams: server.Streams{Observer: saw, Patience: patience}})
			defer stop()
			r, _ := http.NewRequestWithContext(t.Context(), "POST", "http://localhost/graphql", strings.NewReader(ask("subscription{renamed}")))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept", "text/event-stream")
			resp, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body := bufio.NewReaderSize(resp.Body, 16)
			var got strings.Builder
			sent := 0
			for _, deed := range deeds[:min(len(deeds), 200)] {
				switch n := int64(deed >> 2); deed & 3 {
				case 0, 1:
					es.events <- fmt.Sprint(sent)
					sent++
				case 2: // it takes a little, if there is something within its time
					timer := time.AfterFunc(patience/2, func() { _ = resp.Body.Close() })
					_, _ = io.CopyN(&got, body, n)
					timer.Stop()
				case 3:
					time.Sleep(time.Duration(n) * time.Second / 2)
				}
			}
			time.Sleep(2*patience + time.Minute) // it stalls for good
			synctest.Wait()
			if es.open.Load() != 0 || saw.count("closed sse slow")+saw.count("closed sse client") != 1 {
				t.Errorf("%d are open: %v", es.open.Load(), saw.saw)
			}
			_, _ = io.Copy(&got, body)
			_ = resp.Body.Close()
			told := 0
			for event := range strings.SplitSeq(strings.TrimSuffix(got.String(), "\n\n"), "\n\n") {
				if event == ":" || event == "" {
					continue
				}
				want := fmt.Sprintf("event: next\ndata: {\"data\":{\"renamed\":\"%d\"}}", told)
				if event != want && !strings.HasPrefix(want, event) {
					t.Fatalf("event %d is %q", told, event)
				}
				told++
			}
			if told > sent {
				t.Errorf("%d events of %d", told, sent)
			}
		})
	})
}
