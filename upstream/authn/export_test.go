package authn

// Remembered is for how many addresses something is remembered.
func (a *Authenticator) Remembered() int {
	a.failed.mu.Lock()
	defer a.failed.mu.Unlock()
	if len(a.failed.known) != a.failed.recent.Len() {
		return -1
	}
	return len(a.failed.known)
}
