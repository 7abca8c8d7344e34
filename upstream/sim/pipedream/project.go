package pipedream

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

func (p *project) key() string { return p.ID }

// projectInfo answers GET /projects/info: the linked apps, the cheapest authenticated call. Which
// scope it needs is not documented; any will do unless the options say otherwise.
func (s *Server) projectInfo(c *call) reply {
	if s.opts.InfoNeedsScope && !covers(c.who.scopes, projectsRead) {
		return refuse(http.StatusForbidden, "insufficient scope")
	}
	type app struct {
		ID       *string `json:"id"`
		NameSlug string  `json:"name_slug"`
	}
	apps := make([]app, len(c.project.Apps))
	for i, a := range c.project.Apps {
		apps[i] = app{filled(a.ID), a.NameSlug}
	}
	return reply{http.StatusOK, map[string]any{"apps": apps}}
}

func (s *Server) listProjects(c *call) reply {
	return respond(s, c, newKeyset(slices.Clone(s.state.projects)), nil, viewProject)
}

func (s *Server) getProject(c *call) reply {
	if p := s.state.byID[c.id]; p != nil {
		return reply{http.StatusOK, viewProject(p)}
	}
	return notFound()
}

// listApps answers GET /v1/connect/apps: the catalogue, of no project and no environment.
func (s *Server) listApps(c *call) reply {
	p, ok := c.page()
	if !ok {
		return refuse(http.StatusBadRequest, "invalid cursor")
	}
	q := strings.ToLower(c.query.Get("q"))
	var apps []*App
	for _, a := range s.state.apps {
		if strings.Contains(strings.ToLower(a.Name+" "+a.NameSlug), q) {
			apps = append(apps, a)
		}
	}
	slices.SortStableFunc(apps, appOrder(c.query.Get("sort_key"), c.query.Get("sort_direction")))
	start, end := 0, len(apps)
	if p.after != "" {
		start = 1 + slices.IndexFunc(apps, func(a *App) bool { return a.key() == p.after })
	}
	if p.before != "" {
		end = max(start, slices.IndexFunc(apps, func(a *App) bool { return a.key() == p.before }))
	}
	page := apps[start:min(end, start+p.limit)]
	return reply{http.StatusOK, listingOf(page, len(apps), func(a *App) any { return viewApp(a) })}
}

func appOrder(key, direction string) func(a, b *App) int {
	by := func(a, b *App) int { return strings.Compare(a.key(), b.key()) }
	switch key {
	case "name":
		by = func(a, b *App) int { return strings.Compare(a.Name, b.Name) }
	case "featured_weight":
		by = func(a, b *App) int { return cmp.Compare(a.FeaturedWeight, b.FeaturedWeight) }
	}
	if direction == "desc" {
		return func(a, b *App) int { return by(b, a) }
	}
	return by
}

func (s *Server) getApp(c *call) reply {
	for _, a := range s.state.apps {
		if a.is(c.id) {
			return reply{http.StatusOK, map[string]any{"data": viewApp(a)}}
		}
	}
	return notFound()
}
