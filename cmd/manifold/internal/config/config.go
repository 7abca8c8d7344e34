// Package config reads the one configuration file: YAML, strict, with values
// taken from the environment, and every problem told at once with its place.
package config

import "time"

// Config is the whole file. Default gives the zero-configuration values.
type Config struct {
	Listen  string   `yaml:"listen" jsonschema_description:"Address to serve on, as host:port. A host other than loopback needs keys or an identity provider. PORT in the environment and --listen win over it." jsonschema:"default=127.0.0.1:4000"`
	Hosts   []string `yaml:"hosts" jsonschema_description:"Host names under which Manifold may be asked, without a port. Loopback names are always allowed."`
	Origins []string `yaml:"origins" jsonschema_description:"Web origins whose pages may send requests, such as https://admin.example.com. Manifold's own page needs no entry."`
	APIKeys []APIKey `yaml:"api_keys" jsonschema_description:"Who may ask. Without api_keys, keys_file and oidc nobody is served, unless insecure_no_authentication is set."`
	NodeKey Secret   `yaml:"node_key" jsonschema_description:"Secret of at least 16 bytes that keeps ids and cursors opaque. Keep it: another key makes every id known to clients invalid. Make one with: openssl rand -hex 32"`
	Sources []Source `yaml:"sources" jsonschema_description:"The accounts to read: any number of Pipedrive companies, Pipefy organizations and Pipedream projects."`
	Linking Linking  `yaml:"linking" jsonschema_description:"How accounts of one person are recognised."`
	Limits  Limits   `yaml:"limits" jsonschema_description:"Bounds on what one request may ask."`

	Introspection string `yaml:"introspection" jsonschema_description:"Whether clients may ask for the schema by __schema and __type. auto: only where loopback is served without API keys." jsonschema:"enum=auto,enum=on,enum=off,default=auto"`
	Suggestions   string `yaml:"suggestions" jsonschema_description:"Whether what is wrong with a document is said with names that the client did not send. auto: only where loopback is served without API keys." jsonschema:"enum=auto,enum=on,enum=off,default=auto"`

	Redis Redis `yaml:"redis" jsonschema_description:"What several replicas of one Manifold share: budgets, readings and live reads. One process needs none."`
	Log   Log   `yaml:"log" jsonschema_description:"What the process writes about itself, to standard error."`

	Roles                    []Role   `yaml:"roles" jsonschema_description:"What kinds of clients may see and spend, by a name that keys and tokens refer to."`
	KeysFile                 string   `yaml:"keys_file" jsonschema_description:"Where manifold keys keeps clients and the digests of their keys, relative to this file. serve takes changes without a restart."`
	InsecureNoAuthentication bool     `yaml:"insecure_no_authentication" jsonschema_description:"Serve without knowing who asks: every program and user of this machine may then read everything, and change nothing but in a pretend world. Loopback only." jsonschema:"default=false"`
	TrustedProxies           []string `yaml:"trusted_proxies" jsonschema_description:"Networks, such as 10.0.0.0/8, whose X-Forwarded-For is believed when failed attempts are counted by address. None by default."`

	OIDC             []OIDC   `yaml:"oidc" jsonschema_description:"Identity providers whose tokens (JWTs) are taken, beside keys."`
	PreviousNodeKeys []Secret `yaml:"previous_node_keys" jsonschema_description:"Node keys of before: ids and cursors made with them are still understood. Take one away once no client holds such ids."`
	Store            Store    `yaml:"store" jsonschema_description:"Where decisions, running acts and the audit log are kept."`
	Audit            Audit    `yaml:"audit" jsonschema_description:"How the audit log is kept."`

	HTTP      HTTP      `yaml:"http" jsonschema_description:"How GraphQL is spoken over HTTP."`
	Documents Documents `yaml:"documents" jsonschema_description:"Which documents are executed, and the trusted ones among them."`

	Acts Acts `yaml:"acts" jsonschema_description:"How patiently acts are carried out at the vendors."`

	places places
}

// APIKey is one client of the API.
type APIKey struct {
	Name   string   `yaml:"name" jsonschema:"required" jsonschema_description:"What the log calls this client; unique."`
	Key    Secret   `yaml:"key" jsonschema_description:"At least 24 characters, sent as \"Authorization: Bearer\" or X-Api-Key. Make one with: openssl rand -hex 32"`
	Scopes []string `yaml:"scopes" jsonschema_description:"What the client may see; all read scopes when both this and roles are left out. cache:bypass, which is none of them, lets it ask for facts younger than a minute."`

	MaxOperationTokens int       `yaml:"max_operation_tokens" jsonschema_description:"Instead of limits.operation_tokens for this client."`
	Digest             string    `yaml:"digest" jsonschema_description:"Instead of key: sha256: and the SHA-256 of the key in hexadecimal. For keys of at least 24 random characters alone, for a guessable one is found from its digest."`
	Roles              []string  `yaml:"roles" jsonschema_description:"Names of roles. Their scopes and those of the client add up, every limit on what is seen holds, and of numbers the smallest."`
	Expires            string    `yaml:"expires" jsonschema_description:"When the key ends, such as 2027-01-31T00:00:00Z; never when left out."`
	ObjectsPerMinute   int       `yaml:"objects_per_minute" jsonschema_description:"How many objects the client may look up or list in a minute, over all its operations. No bound of its own when left out."`
	Allowance          Allowance `yaml:"allowance" jsonschema_description:"What this client may spend on each account of a system per window of that account: a day for Pipedrive, five minutes for Pipedream. No bound of its own when left out."`
}

// Allowance is what one client may spend on each account of a system in one window of that account; 0: no bound.
type Allowance struct {
	Pipedrive int `yaml:"pipedrive" jsonschema_description:"Tokens a day."`
	Pipefy    int `yaml:"pipefy" jsonschema_description:"Requests a day."`
	Pipedream int `yaml:"pipedream" jsonschema_description:"Requests in five minutes."`
}

// Limits bounds one request.
type Limits struct {
	BodyBytes        int           `yaml:"body_bytes" jsonschema_description:"Largest request body, in bytes." jsonschema:"default=262144"`
	Tokens           int           `yaml:"tokens" jsonschema_description:"Most lexical tokens in one document." jsonschema:"default=4000"`
	Depth            int           `yaml:"depth" jsonschema_description:"Deepest nesting of fields in one operation." jsonschema:"default=16"`
	Repeats          int           `yaml:"repeats" jsonschema_description:"How often one response name may be repeated in one selection." jsonschema:"default=32"`
	Complexity       int           `yaml:"complexity" jsonschema_description:"Highest complexity of one operation: fields, multiplied by the sizes of the pages and the usual lengths of the lists they are in. An answer holds at most twice as many fields." jsonschema:"default=40000"`
	OperationTokens  int           `yaml:"operation_tokens" jsonschema_description:"Highest worst-case price of one operation at one source, with nothing cached: tokens for Pipedrive, requests for Pipedream." jsonschema:"default=10000"`
	Aliases          int           `yaml:"aliases" jsonschema_description:"Most fields of one document that answer under another name than their own." jsonschema:"default=200"`
	Directives       int           `yaml:"directives" jsonschema_description:"Most directives in one document, such as @include." jsonschema:"default=100"`
	Fragments        int           `yaml:"fragments" jsonschema_description:"Most fragments that one document defines; each may be spread five times on average." jsonschema:"default=100"`
	Operations       int           `yaml:"operations" jsonschema_description:"Most operations that one document holds, of which a request executes one." jsonschema:"default=10"`
	Variables        int           `yaml:"variables" jsonschema_description:"Most variables of one operation." jsonschema:"default=100"`
	ObjectsPerMinute int           `yaml:"objects_per_minute" jsonschema_description:"How many objects each client may list or look up in a minute, counted at worst: every place in a page, every id and every reference, found or not." jsonschema:"default=200000"`
	OperationTimeout time.Duration `yaml:"operation_timeout" jsonschema_description:"Time after which an operation is answered with what it has." jsonschema:"default=30s"`

	ConcurrentOperations  int `yaml:"concurrent_operations" jsonschema_description:"Most operations executed at once, at most half of them for one client." jsonschema:"default=4096"`
	Connections           int `yaml:"connections" jsonschema_description:"Most connections open at once. When all are taken, the one that has been idle longest is closed for a new one." jsonschema:"default=10000"`
	ConnectionsPerAddress int `yaml:"connections_per_address" jsonschema_description:"Most connections from one address; 0: no bound. Leave it out behind a proxy, for all connections come from there." jsonschema:"default=0"`

	Subscriptions              int `yaml:"subscriptions" jsonschema_description:"Most subscriptions open at once, at most half of them for one client." jsonschema:"default=10000"`
	SubscriptionsPerConnection int `yaml:"subscriptions_per_connection" jsonschema_description:"Most operations that one WebSocket has open at once." jsonschema:"default=100"`
}

// Log says what is written about the process.
type Log struct {
	Level  string `yaml:"level" jsonschema_description:"The least severe level to write." jsonschema:"enum=debug,enum=info,enum=warn,enum=error,default=info"`
	Format string `yaml:"format" jsonschema_description:"One line of text or one JSON object per entry." jsonschema:"enum=text,enum=json,default=text"`
}

// DefaultListen is the address served when nothing else is said.
const DefaultListen = "127.0.0.1:4000"

// Default is what an empty file means; it has no source and no key.
func Default() *Config {
	return &Config{
		Listen: DefaultListen,
		Limits: Limits{BodyBytes: 256 << 10, Tokens: 4000, Depth: 16, Repeats: 32, Complexity: 40_000, OperationTokens: 10_000, OperationTimeout: 30 * time.Second,
			Aliases: 200, Directives: 100, Fragments: 100, Operations: 10, Variables: 100, ObjectsPerMinute: 200_000,
			ConcurrentOperations: 4096, Connections: 10_000, Subscriptions: 10_000, SubscriptionsPerConnection: 100},
		HTTP:  HTTP{PartialStatus: true},
		Redis: Redis{Prefix: DefaultRedisPrefix},
		Log:   Log{Level: "info", Format: "text"},
		Audit: Audit{HeadEvery: 5 * time.Minute},
		Acts:  Acts{Call: time.Minute, Grace: 15 * time.Second, Patience: 24 * time.Hour},
	}
}
