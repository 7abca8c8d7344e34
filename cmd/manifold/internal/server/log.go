package server

import (
	"context"
	"io"
	"log/slog"

	"github.com/manifold-graph/manifold/graph/requestid"
)

// NewLogger writes to w from level on ("debug", "info", "warn", "error"), as "json" or text. Every line that is
// written with a request's context carries its request_id.
func NewLogger(w io.Writer, level, format string) *slog.Logger {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		least = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: least}
	var h slog.Handler = slog.NewTextHandler(w, options)
	if format == "json" {
		h = slog.NewJSONHandler(w, options)
	}
	return slog.New(identified{h})
}

type identified struct{ slog.Handler }

func (h identified) Handle(ctx context.Context, r slog.Record) error {
	if id := requestid.From(ctx); id != "" {
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h identified) WithAttrs(attrs []slog.Attr) slog.Handler {
	return identified{h.Handler.WithAttrs(attrs)}
}
func (h identified) WithGroup(name string) slog.Handler { return identified{h.Handler.WithGroup(name)} }
