package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the version: the linker's, else what Go knows of the build.
func (versionCommand) Run(s *streams) error {
	built := "devel"
	if info, ok := debug.ReadBuildInfo(); ok {
		built = cmp.Or(info.Main.Version, built)
	}
	_, err := fmt.Fprintln(s.out, "manifold", cmp.Or(version, built))
	return err
}
