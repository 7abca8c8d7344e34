package sim

import (
	"slices"

	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
	"github.com/manifold-graph/manifold/upstream/sim/pipedrive"
	"github.com/manifold-graph/manifold/upstream/sim/pipefy"
)

// limited is s with the limits of opt. Users are shared: the simulator replaces them, and writes to none.
func limited(s *pipedrive.State, opt Options) *pipedrive.State {
	out := &pipedrive.State{}
	for _, c := range s.Companies {
		own := *c
		if opt.Budget > 0 {
			own.Budget = opt.Budget
		}
		if opt.Burst > 0 {
			own.Burst = opt.Burst
		}
		out.Companies = append(out.Companies, &own)
	}
	return out
}

// clonePipefy copies what a pipefy.State takes over.
func clonePipefy(d pipefy.Data) pipefy.Data {
	d.Users = slices.Clone(d.Users)
	d.Organizations = slices.Clone(d.Organizations)
	for i := range d.Organizations {
		d.Organizations[i].Members = slices.Clone(d.Organizations[i].Members)
	}
	d.Pipes = slices.Clone(d.Pipes)
	for i := range d.Pipes {
		d.Pipes[i].Members = slices.Clone(d.Pipes[i].Members)
	}
	d.Tables = slices.Clone(d.Tables)
	for i := range d.Tables {
		d.Tables[i].Members = slices.Clone(d.Tables[i].Members)
	}
	return d
}

// clonePipedream copies what a pipedream.State takes over. Apps are immutable there.
func clonePipedream(d pipedream.Data) pipedream.Data {
	d.Projects = slices.Clone(d.Projects)
	for i := range d.Projects {
		for _, env := range []*pipedream.Environment{&d.Projects[i].Development, &d.Projects[i].Production} {
			env.Users, env.Accounts, env.Triggers = slices.Clone(env.Users), slices.Clone(env.Accounts), slices.Clone(env.Triggers)
		}
	}
	return d
}
