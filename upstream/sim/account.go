package sim

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/manifold-graph/manifold/upstream/sim/pipedream"
)

// apps is the catalogue. linked are those that the project has a client of its own for.
var (
	apps = []*pipedream.App{
		app("pipedrive", "Pipedrive", "oauth", "CRM"), app("slack", "Slack", "oauth", "Communication"),
		app("gmail", "Gmail", "oauth", "Communication"), app("microsoft_outlook", "Microsoft Outlook", "oauth", "Communication"),
		app("google_sheets", "Google Sheets", "oauth", "Productivity"), app("notion", "Notion", "oauth", "Productivity"),
		app("hubspot", "HubSpot", "oauth", "CRM"), app("github", "GitHub", "oauth", "Developer Tools"),
		app("openai", "OpenAI (ChatGPT)", "keys", "Artificial Intelligence"), app("airtable_oauth", "Airtable", "oauth", "Productivity"),
		{ID: "app_http", NameSlug: "http", Name: "HTTP / Webhook", AuthType: "none", ImgSrc: "https://assets.example/http.svg", CustomFieldsJSON: "[]"},
	}
	linked = apps[:4]
)

func app(slug, title, auth, category string) *pipedream.App {
	return &pipedream.App{ID: "app_" + slug[:2] + strconv.Itoa(len(slug)) + "x", NameSlug: slug, Name: title, AuthType: auth,
		Description: title + " for people", ImgSrc: "https://assets.example/" + slug + ".svg", CustomFieldsJSON: "[]",
		Categories: []string{category}, FeaturedWeight: 1_000_000_000 + int64(len(title))}
}

// connect gives the external user of record r its accounts. The names of accounts of trusted
// apps are evidence where the id names nobody (not spoken) and they agree; now and then one is
// a colleague's. In other apps anybody may call an account after anybody.
func (b *builder) connect(env *pipedream.Environment, r int, h *human, spoken bool) {
	id := b.records[r].key.ID
	var ids []string
	var logins []address
	for range 1 + b.rng.IntN(3) {
		app := pick(b, apps)
		title := b.title(app, h)
		if slices.Contains(trustedApps, app.NameSlug) && b.chance(70) {
			a := h.loginOf(app.NameSlug)
			if spoken && b.chance(10) {
				a = pick(b, b.humans).work
			}
			if b.chance(10) {
				a = a.spaced()
			}
			title, logins = &a.text, append(logins, a)
		}
		ids = append(ids, b.account(env, id, app, title))
		if b.chance(15) { // connected again instead of repaired
			ids = append(ids, b.account(env, id, app, title))
		}
	}
	agree := !slices.ContainsFunc(logins, func(a address) bool { return a.mailbox != logins[0].mailbox })
	if len(logins) > 0 && agree && !spoken {
		b.records[r].proofs = append(b.records[r].proofs, byMailbox(logins[0]))
	}
	if b.chance(12) {
		b.deploy(env, id, ids)
	}
}

// title is what an account is called when its name is no evidence.
func (b *builder) title(app *pipedream.App, h *human) *string {
	trusted := slices.Contains(trustedApps, app.NameSlug)
	switch roll := b.rng.IntN(100); {
	case roll < 30 && !trusted:
		return new(h.work.text)
	case roll < 33 && !trusted:
		return new(b.humans[0].work.text) // named after the chief executive
	case roll < 85:
		return new(app.Name + " of " + h.first.display)
	}
	return nil
}

// loginOf is the address with which h logs in to a trusted app.
func (h *human) loginOf(slug string) address {
	if slug == "gmail" {
		return h.private
	}
	return h.work
}

func (b *builder) account(env *pipedream.Environment, external string, app *pipedream.App, title *string) string {
	b.serial++
	at := b.past(600)
	a := pipedream.Account{
		ID: fmt.Sprintf("apn_%07x", b.serial), ExternalID: external, Name: title, Healthy: true, App: app,
		CreatedAt: at.Add(time.Duration(b.rng.IntN(1000)) * time.Millisecond), UpdatedAt: at.Add(time.Hour),
		AuthorizedScopes: []string{}, Credentials: map[string]any{"oauth_access_token": "never-show-" + strconv.Itoa(b.serial)},
	}
	if app.AuthType == "oauth" {
		a.AuthorizedScopes = []string{"base"}
	}
	if b.chance(70) {
		a.Refresh = &pipedream.Refresh{}
		if app.AuthType == "oauth" {
			a.Refresh.LastRefreshedAt, a.Refresh.NextRefreshAt = new(epoch.Add(-time.Hour)), new(epoch.Add(time.Hour))
		}
		a.Dead = new(false)
	}
	switch roll := b.rng.IntN(100); {
	case roll < 5:
		a.Healthy = false
	case roll < 8:
		a.Healthy, a.Dead = false, new(true)
		a.Refresh = &pipedream.Refresh{Error: new("invalid_grant: token revoked by " + external)}
	}
	env.Accounts = append(env.Accounts, a)
	return a.ID
}

// deploy runs something for an external user: one of each type in turn.
func (b *builder) deploy(env *pipedream.Environment, external string, accounts []string) {
	b.serial++
	at := b.past(300)
	t := pipedream.Trigger{ExternalID: external, CreatedAt: at, UpdatedAt: at, Name: "New message " + strconv.Itoa(b.serial), NameSlug: "new-message-" + strconv.Itoa(b.serial)}
	switch b.serial % 4 {
	case 0:
		t.ID, t.Type, t.Key = fmt.Sprintf("hi_%07x", b.serial), pipedream.TriggerHTTP, fmt.Sprintf("en%x", b.serial)
		t.EndpointURL = "https://" + t.Key + ".m.example"
	case 1:
		t.ID, t.Type, t.Timezone, t.Cron = fmt.Sprintf("ti_%07x", b.serial), pipedream.TriggerTimer, "UTC", new("0 8 * * 1")
		t.ScheduleChangedAt = at
	case 2:
		t.ID, t.Type = fmt.Sprintf("ei_%07x", b.serial), pipedream.TriggerEmail
	default:
		t.ID, t.Type, t.ComponentID = fmt.Sprintf("dc_%07x", b.serial), pipedream.TriggerSource, fmt.Sprintf("sc_%05x", b.serial)
		t.ComponentKey, t.Active, t.AccountIDs = new("slack-new-message"), b.chance(85), accounts[:1]
		t.ConfiguredProps = map[string]any{"secret": "never-show"}
		t.WebhookSigningKey = new("never-show")
	}
	env.Triggers = append(env.Triggers, t)
}
