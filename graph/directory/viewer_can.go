package directory

// What who looks may ask of a thing, told beforehand; access.Principal.Can knows.

// ViewerCanReadEmails speaks of the person's addresses.
func (p Person) ViewerCanReadEmails() bool { return p.v.can("Person", "viewerCanReadEmails") }

// ViewerCanReadGrants speaks of what the person may reach.
func (p Person) ViewerCanReadGrants() bool { return p.v.can("Person", "viewerCanReadGrants") }

// ViewerCanReadEmail speaks of the identity's address.
func (i Identity) ViewerCanReadEmail() bool { return i.v.can("Identity", "viewerCanReadEmail") }

// ViewerCan answers a viewerCan… field of one system's own type.
func (i Identity) ViewerCan(object, field string) bool { return i.v.can(object, field) }

// ViewerCanReadReason speaks of why a human decided.
func (l Link) ViewerCanReadReason() bool { return l.v.can("IdentityLink", "viewerCanReadReason") }

// ViewerCanReadEvidence speaks of what matched.
func (l Link) ViewerCanReadEvidence() bool { return l.v.can("IdentityLink", "viewerCanReadEvidence") }

// ViewerCanReadEvidence speaks of what matched.
func (s Suggestion) ViewerCanReadEvidence() bool {
	return s.v.can("LinkSuggestion", "viewerCanReadEvidence")
}

// ViewerCanReadBudget speaks of what may be spent on the source.
func (s Source) ViewerCanReadBudget() bool { return s.v.can("Source", "viewerCanReadBudget") }

// Can answers a viewerCan… field of something that is not of the picture itself.
func (v View) Can(object, viewerCan string) bool { return v.can(object, viewerCan) }
