package app

import (
	"context"
	"sync"
)

// reloads reads the secrets, the keys file and the manifests again whenever the operator says so, until ctx ends. Each secret tells by itself
// what came of it, and one that is slow does not hold up the others.
func (a *App) reloads(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.reload:
		}
		a.log.InfoContext(ctx, "told to read secrets, keys and manifests again")
		if a.authn != nil {
			a.authn.Reload()
		}
		a.documents.reload(ctx)
		secrets := a.secrets
		if a.commons.password != nil {
			secrets = append(secrets[:len(secrets):len(secrets)], a.commons.password)
		}
		var wg sync.WaitGroup
		for _, s := range secrets {
			wg.Go(func() { s.Refresh(ctx) })
		}
		wg.Wait()
	}
}
