package people

func (u PipedriveUser) ViewerCanReadGrants() bool {
	return u.ViewerCan("PipedriveUser", "viewerCanReadGrants")
}

func (u PipedriveUser) ViewerCanReadPermissions() bool {
	return u.ViewerCan("PipedriveUser", "viewerCanReadPermissions")
}

func (u PipedriveUser) ViewerCanReadPhone() bool {
	return u.ViewerCan("PipedriveUser", "viewerCanReadPhone")
}

func (u PipefyUser) ViewerCanReadGrants() bool {
	return u.ViewerCan("PipefyUser", "viewerCanReadGrants")
}

func (u PipedreamUser) ViewerCanReadGrants() bool {
	return u.ViewerCan("PipedreamUser", "viewerCanReadGrants")
}

func (u PipedreamUser) ViewerCanReadDeployedTriggers() bool {
	return u.ViewerCan("PipedreamUser", "viewerCanReadDeployedTriggers")
}

// ViewerCanReadName speaks of the account's name, which is often an address.
func (a ConnectedAccount) ViewerCanReadName() bool {
	return a.user.ViewerCan("PipedreamAccount", "viewerCanReadName")
}
