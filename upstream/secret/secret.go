// Package secret is where a credential comes from when it is written elsewhere than in the configuration: a file or a command. It
// is read again while the process runs, so a rotation needs no restart.
package secret

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Reader gives a secret's newest value. Its errors never hold what was read.
type Reader func(ctx context.Context) (string, error)

// Options of a Source; the zero Options is useful.
type Options struct {
	// Every is how often Run reads; 10 s when 0.
	Every time.Duration
	// Pause is the least time between two readings that Changed asks for; 5 s when 0.
	Pause time.Duration
	// Clock is time.Now when nil.
	Clock func() time.Time
	// Name is what the log calls the secret; it hears when the value changes and when it cannot be read. Log may be nil.
	Name string
	Log  *slog.Logger
}

// Source is one secret, safe for concurrent use. Printing one hides the value.
type Source struct {
	read Reader
	o    Options

	mu     sync.Mutex
	value  string
	failed string // the last reading's error, as logged

	reading sync.Mutex // held by whoever reads
	asked   time.Time  // when Changed last ended reading; reading guards it
}

// New makes a Source that knows its first value already.
func New(read Reader, first string, o Options) *Source {
	o.Every, o.Pause = cmp.Or(o.Every, 10*time.Second), cmp.Or(o.Pause, 5*time.Second)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Source{read: read, value: first, o: o}
}

// Fixed is a secret that never changes. Its Run returns at once.
func Fixed(value string) *Source { return New(nil, value, Options{}) }

// Value is the last value that could be read.
func (s *Source) Value() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value
}

// Changed is asked by who was refused with the value than: it reads anew, unless that was done a moment ago, and tells
// whether there is another value now.
func (s *Source) Changed(than string) bool {
	if s.Value() != than {
		return true
	}
	if s.read == nil {
		return false
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	if now := s.o.Clock(); s.asked.IsZero() || now.Sub(s.asked) >= s.o.Pause {
		s.refresh(context.Background()) // a Reader has a time limit of its own
		s.asked = s.o.Clock()           // from its end: those who waited for a slow one do not repeat it
	}
	return s.Value() != than
}

// Run reads the secret again and again until ctx ends.
func (s *Source) Run(ctx context.Context) error {
	if s.read == nil {
		return nil
	}
	tick := time.NewTicker(s.o.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.Refresh(ctx)
		}
	}
}

// Refresh reads the secret now, whatever was read before. What cannot be read leaves the old value.
func (s *Source) Refresh(ctx context.Context) {
	if s.read == nil {
		return
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	s.refresh(ctx)
}

// refresh takes a new value over. What cannot be read leaves the old one.
func (s *Source) refresh(ctx context.Context) {
	value, err := s.read(ctx)
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil && err.Error() != s.failed:
		s.failed = err.Error()
		s.o.Log.WarnContext(ctx, "a secret cannot be read; its last value stays", "secret", s.o.Name, "reason", s.failed)
	case err != nil: // said already
	default:
		if s.failed != "" {
			s.failed = ""
			s.o.Log.InfoContext(ctx, "a secret can be read again", "secret", s.o.Name)
		}
		if value != s.value {
			s.value = value
			s.o.Log.InfoContext(ctx, "a secret has a new value", "secret", s.o.Name)
		}
	}
}

// String hides the value.
func (s *Source) String() string { return "(hidden)" }

// GoString hides it from %#v as well.
func (s *Source) GoString() string { return s.String() }

// maxBytes bounds a secret: no credential is longer, and a wrong path may name anything.
const maxBytes = 64 << 10

// clean takes off the newline that editors and commands put at the end. What has more lines is no credential.
func clean(b []byte) (string, error) {
	if len(b) > maxBytes {
		return "", errors.New("it is longer than a secret may be (64 KiB)")
	}
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
		if n := len(b); n > 0 && b[n-1] == '\r' {
			b = b[:n-1]
		}
	}
	if len(b) == 0 {
		return "", errors.New("it is empty")
	}
	for _, c := range b {
		if c < ' ' || c == 0x7f {
			return "", errors.New("it holds a line break or another control character; a secret is one line")
		}
	}
	return string(b), nil
}
