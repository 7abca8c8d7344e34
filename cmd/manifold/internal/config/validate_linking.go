package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// captures are what an external user id may tell.
var captures = []string{"email", "pipedrive_user", "pipefy_user"}

func (c checker) linking(l Linking, sources []Source) {
	ids := map[string]bool{}
	for _, s := range sources {
		ids[s.ID] = true
	}
	names := map[string]bool{}
	rule := func(path, name, source string) {
		switch {
		case name == "":
			c.fail(path, "has no name; evidence is shown under it")
		case names[name]:
			c.fail(path+".name", "%q is taken by another rule", name)
		}
		names[name] = true
		if source != "" && !ids[source] {
			c.fail(path+".source", "there is no source %q in this file", source)
		}
	}
	for i, d := range l.Domains {
		for _, name := range append([]string{d.Domain}, d.Aliases...) {
			if !strings.Contains(name, ".") || strings.ContainsAny(name, "@ /") {
				c.fail(fmt.Sprintf("linking.domains[%d]", i), "%q is not a domain; write it like example.com", name)
			}
		}
	}
	for i, m := range l.SharedMailboxes {
		if at := strings.LastIndexByte(m, '@'); at < 1 || at == len(m)-1 {
			c.fail(fmt.Sprintf("linking.shared_mailboxes[%d]", i), "not an address")
		}
	}
	for i, t := range l.Templates {
		path := fmt.Sprintf("linking.templates[%d]", i)
		rule(path, t.Name, t.Source)
		if placeholders(t.Template) != 1 || strings.Count(t.Template, "{") != 1 {
			c.fail(path+".template", "needs exactly one of {email}, {pipedrive_user}, {pipefy_user}")
		}
	}
	for i, p := range l.Patterns {
		path := fmt.Sprintf("linking.patterns[%d]", i)
		rule(path, p.Name, p.Source)
		if re, err := regexp.Compile(p.Pattern); err != nil {
			c.fail(path+".pattern", "%v", err)
		} else if !slices.ContainsFunc(re.SubexpNames(), func(n string) bool { return slices.Contains(captures, n) }) {
			c.fail(path+".pattern", "needs a named group, one of %s, such as (?P<email>.+)", strings.Join(captures, ", "))
		}
	}
	for i, h := range l.Hashes {
		path := fmt.Sprintf("linking.hashes[%d]", i)
		rule(path, h.Name, "")
		if h.Algorithm == "" {
			c.fail(path, "has no algorithm")
		}
	}
	for i, k := range l.Kinds {
		path := fmt.Sprintf("linking.kinds[%d]", i)
		if k.Kind == "" || k.Field == "" || k.Pattern == "" {
			c.fail(path, "needs field, pattern and kind")
		} else if _, err := regexp.Compile(k.Pattern); err != nil {
			c.fail(path+".pattern", "%v", err)
		}
	}
	for i, m := range l.Mapping {
		path := fmt.Sprintf("linking.mapping[%d]", i)
		if len(m.Accounts) < 2 {
			c.fail(path, "needs two accounts or more")
		}
		for j, a := range m.Accounts {
			at := fmt.Sprintf("%s.accounts[%d]", path, j)
			if !ids[a.Source] {
				c.fail(at+".source", "there is no source %q in this file", a.Source)
			}
			if a.ID == "" {
				c.fail(at, "has an empty id, which names nobody")
			}
		}
	}
}

func placeholders(template string) int {
	n := 0
	for _, name := range captures {
		n += strings.Count(template, "{"+name+"}")
	}
	return n
}
