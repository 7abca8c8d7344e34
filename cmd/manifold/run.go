package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/manifold-graph/manifold/cmd/manifold/internal/config"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// cli is the command line: one struct per command, in the file of its name.
type cli struct {
	Demo      demoCommand      `cmd:"" help:"Serve a pretend world, with no account and no configuration."`
	Serve     serveCommand     `cmd:"" help:"Serve the systems that a configuration names."`
	Check     checkCommand     `cmd:"" help:"Reach every source with its cheapest call, and tell what its credential may do."`
	Explain   explainCommand   `cmd:"" help:"Tell what an operation would cost, without one call."`
	Simulate  simulateCommand  `cmd:"" help:"Serve the three pretend systems alone, for others to read."`
	Keys      keysCommand      `cmd:"" help:"Make, show, renew and revoke the keys of clients."`
	Audit     auditCommand     `cmd:"" help:"Verify, export and erase from the audit log."`
	Store     storeCommand     `cmd:"" help:"Back up and restore what is kept."`
	Documents documentsCommand `cmd:"" help:"Check the trusted documents of clients."`
	Schema    schemaCommand    `cmd:"" help:"Print the GraphQL schema, with the scopes that each field needs."`
	Config    configCommand    `cmd:"" help:"About the configuration file."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// streams is the world that a command may touch.
type streams struct {
	ctx    context.Context
	out    io.Writer
	errors io.Writer
	env    config.Lookup
}

// exit ends parsing where kong would end the process (--help).
type exit int

// run is the whole program: it parses args, runs one command until it is done or ctx ends, and gives the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, env config.Lookup) (status int) {
	defer func() {
		if v := recover(); v != nil {
			code, ok := v.(exit)
			if !ok {
				panic(v)
			}
			status = int(code)
		}
	}()
	parser, err := kong.New(&cli{},
		kong.Name("manifold"),
		kong.Description("One GraphQL graph of people, from Pipedrive, Pipefy and Pipedream Connect."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.UsageOnError(),
	)
	if err != nil {
		panic(err) // the structs above are wrong
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "manifold: %v\nmanifold --help tells the commands.\n", err)
		return exitUsage
	}
	if err := command.Run(&streams{ctx: ctx, out: stdout, errors: stderr, env: env}); err != nil {
		prefix := "manifold: "
		if _, ok := errors.AsType[*config.Problems](err); ok {
			prefix = "" // each line begins with its place, for editors
		}
		fmt.Fprintf(stderr, "%s%v\n", prefix, err)
		return exitFailed
	}
	return exitOK
}

// listen is where to serve: the flag, else PORT of the environment on the configured host, else the configuration.
func listen(flag, configured string, env config.Lookup) (string, error) {
	if flag != "" {
		return flag, nil
	}
	port, ok := env("PORT")
	if !ok || strings.TrimSpace(port) == "" {
		return configured, nil
	}
	host, _, err := net.SplitHostPort(configured)
	if err != nil {
		return "", fmt.Errorf("listen %q: %w", configured, err)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return "", fmt.Errorf("PORT is %q, which is no port", port)
	}
	return net.JoinHostPort(host, port), nil
}
