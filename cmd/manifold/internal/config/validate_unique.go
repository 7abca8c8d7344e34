package config

import "fmt"

// readOnce refuses two sources that read the same accounts: each record of the one would be one of the other.
func (c checker) readOnce(list []Source) {
	type account struct{ system, setting, value string }
	owners := map[account]string{}
	claim := func(s Source, path, setting, value, what string) {
		if value == "" {
			return
		}
		key := account{s.System, setting, value}
		if owner, taken := owners[key]; taken {
			c.fail(path+"."+setting, "%s is read by the source %q already; list it once", what, owner)
			return
		}
		owners[key] = s.ID
	}
	for i, s := range list {
		path := fmt.Sprintf("sources[%d]", i)
		switch s.System {
		case Pipedrive:
			claim(s, path, "company_id", s.CompanyID, "this company")
			claim(s, path, "token", s.Token.Reveal(), "the company of this token")
		case Pipefy:
			claim(s, path, "organization_id", s.OrganizationID, "this organization")
		case Pipedream:
			if s.ProjectID != "" {
				claim(s, path, "project_id", s.ProjectID+"/"+s.Environment, "this environment of the project")
			}
		}
	}
}
