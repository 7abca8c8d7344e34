package collect

import "sync"

// alarms are the credentials that a vendor's edge has blocked, so that a human is called once and not at every refusal.
type alarms struct {
	mu  sync.Mutex
	set map[string]bool
}

// raise tells whether the alarm is new.
func (a *alarms) raise(credential string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.set[credential] {
		return false
	}
	if a.set == nil {
		a.set = map[string]bool{}
	}
	a.set[credential] = true
	return true
}

func (a *alarms) clear(credential string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.set, credential)
}
