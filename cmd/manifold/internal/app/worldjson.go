package app

import (
	"encoding/json"
	"io"

	"github.com/manifold-graph/manifold/upstream/sim"
)

// worldSheet is what introduce says, for programs: where the pretend systems are and every
// credential that opens them, those without rights too.
type worldSheet struct {
	Pipedrive struct {
		URL       string         `json:"url"`
		Companies []companySheet `json:"companies"`
	} `json:"pipedrive"`
	Pipefy struct {
		URL           string              `json:"url"`
		Organizations []organizationSheet `json:"organizations"`
	} `json:"pipefy"`
	Pipedream struct {
		URL          string   `json:"url"`
		ProjectID    string   `json:"projectId"`
		Environments []string `json:"environments"`
		ClientID     string   `json:"clientId"`
		ClientSecret string   `json:"clientSecret"`
	} `json:"pipedream"`
}

// companySheet has an admin's token, that of a user without rights, and a bearer that may only read.
type companySheet struct {
	CompanyID  int64  `json:"id"`
	Token      string `json:"token"`
	PlainToken string `json:"plainToken"`
	OAuthToken string `json:"oauthToken"`
}

// organizationSheet has a service account's client and a super admin's token.
type organizationSheet struct {
	OrganizationID int64  `json:"id"`
	ClientID       string `json:"clientId"`
	ClientSecret   string `json:"clientSecret"`
	PersonalToken  string `json:"personalToken"`
}

// writeSheet writes one line of JSON, so that a program knows where it ends while the world is served on.
func writeSheet(out io.Writer, w *sim.Running) error {
	var s worldSheet
	c := w.World.Credentials
	s.Pipedrive.URL = w.Pipedrive.URL
	for _, p := range c.Pipedrive {
		s.Pipedrive.Companies = append(s.Pipedrive.Companies, companySheet(p))
	}
	s.Pipefy.URL = w.Pipefy.URL
	for _, p := range c.Pipefy {
		s.Pipefy.Organizations = append(s.Pipefy.Organizations, organizationSheet(p))
	}
	s.Pipedream.URL, s.Pipedream.ProjectID, s.Pipedream.Environments = w.Pipedream.URL, c.PipedreamProjectID, c.PipedreamEnvironments
	s.Pipedream.ClientID, s.Pipedream.ClientSecret = c.PipedreamClientID, c.PipedreamClientSecret
	return json.NewEncoder(out).Encode(s)
}
