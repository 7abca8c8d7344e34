package config

import (
	"fmt"
	"path/filepath"
)

// HTTP says how GraphQL is spoken over HTTP.
type HTTP struct {
	PartialStatus bool `yaml:"partial_status" jsonschema_description:"Answer data with errors under the status 294, to clients that accept application/graphql-response+json. Turn it off where something between does not take a status that it does not know." jsonschema:"default=true"`
}

// Documents says which documents are executed.
type Documents struct {
	Mode      string   `yaml:"mode" jsonschema_description:"open: every valid document. only: those of the manifests, by id or in full, and nothing else." jsonschema:"enum=open,enum=only,default=open"`
	Manifests []string `yaml:"manifests" jsonschema_description:"Files of trusted documents, relative to this file: Apollo's persisted-query manifest, or the object of ids and texts that Relay's compiler and GraphQL Code Generator write. Read at the start and at SIGHUP."`
}

// TrustedOnly tells whether nothing but the manifests' documents is executed.
func (d Documents) TrustedOnly() bool { return d.Mode == "only" }

// completeDocuments says where the manifests are, given where the configuration is.
func (c *Config) completeDocuments(folder string) {
	for i, file := range c.Documents.Manifests {
		if file != "" && !filepath.IsAbs(file) {
			c.Documents.Manifests[i] = filepath.Join(folder, file)
		}
	}
}

func (c checker) documents(d Documents) {
	if d.TrustedOnly() && len(d.Manifests) == 0 {
		c.fail("documents.mode", "nothing could be asked: with only, manifests are needed")
	}
	for i, file := range d.Manifests {
		if file == "" {
			c.fail(fmt.Sprintf("documents.manifests[%d]", i), "is empty; write the name of a file")
		}
	}
}
