package app_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A page of our own may open both kinds of streams in a real browser, under its policy, and with nothing but what a
// browser sends by itself.
func TestPageMayOpenStreams(t *testing.T) {
	url := demo(t)
	ctx, heard := browser(t)
	const open = `
		window.socket = window.events = '';
		const socket = new WebSocket(location.origin.replace('http', 'ws') + '/graphql', 'graphql-transport-ws');
		socket.onopen = () => socket.send('{"type":"connection_init"}');
		socket.onmessage = ({ data }) => {
			window.socket += data;
			if (data.includes('connection_ack')) socket.send('{"id":"1","type":"subscribe","payload":{"query":"{viewer{name}}"}}');
		};
		socket.onclose = ({ code }) => { window.socket += ' closed ' + code };
		const events = new EventSource('/graphql?query=' + encodeURIComponent('{viewer{name}}'));
		events.addEventListener('next', ({ data }) => { window.events += data });
		events.addEventListener('complete', () => { window.events += ' complete'; events.close() });
		'opened'`
	if err := chromedp.Do(ctx, chromedp.Navigate(url+"/")); err != nil {
		t.Fatal(err)
	}
	read(t, ctx, open)
	if err := chromedp.Do(ctx, poll(`window.socket.includes('complete') && window.events.includes('complete')`)); err != nil {
		t.Fatalf("%v; the socket heard %s, the event stream %s; the browser says %q", err, read(t, ctx, `window.socket`), read(t, ctx, `window.events`), heard.all())
	}
	for name, got := range map[string]string{"socket": read(t, ctx, `window.socket`), "event stream": read(t, ctx, `window.events`)} {
		if !strings.Contains(got, `"viewer":{"name":"local"}`) || strings.Contains(got, "closed") {
			t.Errorf("the %s heard %s", name, got)
		}
	}
	if said := heard.all(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}
