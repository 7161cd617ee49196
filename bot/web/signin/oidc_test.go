package signin_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"digiwijzer/bot/secret"
	"digiwijzer/bot/staff"
	"digiwijzer/bot/web/signin"
)

const (
	clientID     = "digiwijzer"
	clientSecret = "a secret of the client"
)

// rules are those of the tests: two groups, one of them with two roles.
var rules, _ = signin.ParseRoleRules("groups:webredactie=editor,webredactie=publisher,functioneel beheer=admin")

// directory is the storage of the provider, with groups.
type directory struct {
	*storage.Storage
	mu     sync.Mutex
	groups []string
}

func (d *directory) in(groups ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.groups = groups
}

// SetUserinfoFromToken implements op.Storage.
func (d *directory) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, id, subject, origin string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	info.AppendClaims("groups", d.groups)
	return d.Storage.SetUserinfoFromToken(ctx, info, id, subject, origin)
}

// members are the people of the organisation.
type members struct{ one storage.User }

func (m members) GetUserByID(id string) *storage.User {
	if id != m.one.ID {
		return nil
	}
	return &m.one
}

func (m members) GetUserByUsername(name string) *storage.User {
	if name != m.one.Username {
		return nil
	}
	return &m.one
}

func (m members) ExampleClientID() string { return clientID }

// organisation is a real provider in this process, and a site that uses it.
type organisation struct {
	*harness
	server   *httptest.Server
	provider *op.Provider
	people   *directory
	down     atomic.Bool
}

func newOrganisation(t *testing.T) *organisation {
	t.Helper()
	o := &organisation{}
	o.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.down.Load() {
			http.Error(w, "maintenance", http.StatusBadGateway)
			return
		}
		o.provider.ServeHTTP(w, r)
	}))
	t.Cleanup(o.server.Close)
	clients := map[string]*storage.Client{}
	o.people = &directory{Storage: storage.NewStorageWithClients(members{storage.User{ID: "s-1", Username: "anna", Password: "p", FirstName: "Anna", LastName: "Redacteur"}}, clients)}
	var err error
	o.provider, err = op.NewProvider(&op.Config{CryptoKey: [32]byte{1}, CodeMethodS256: true, AuthMethodPost: true, SupportedScopes: []string{"openid", "profile"}}, o.people,
		op.StaticIssuer(o.server.URL), op.WithAllowInsecure())
	require.NoError(t, err)
	o.harness = newHarness(t, func(opts *signin.Options) {
		opts.Provider = signin.NewProvider(signin.ProviderOptions{Issuer: o.server.URL, ClientID: clientID, Secret: secret.New(clientSecret), Rules: rules, Clock: o.clockOf(opts)})
	})
	clients[clientID] = storage.WebClient(clientID, clientSecret, o.URL+"/inloggen/terug")
	return o
}

func (o *organisation) clockOf(opts *signin.Options) *fakeClock { return opts.Clock.(*fakeClock) }

// authorised signs in at the provider and returns the address that it sends the browser to.
func (o *organisation) authorised(b *browser, address string) *url.URL {
	o.t.Helper()
	at := o.follow(b, address) // to the form of the provider
	id := at.Query().Get("authRequestID")
	require.NotEmpty(o.t, id, at)
	require.NoError(o.t, o.people.CheckUsernamePassword("anna", "p", id))
	return o.follow(b, op.AuthCallbackURL(o.provider)(op.ContextWithIssuer(o.t.Context(), o.server.URL), id))
}

func (o *organisation) follow(b *browser, address string) *url.URL {
	o.t.Helper()
	answer, err := b.Get(address)
	require.NoError(o.t, err)
	defer answer.Body.Close()
	at, err := answer.Location()
	require.NoError(o.t, err, "%d at %s", answer.StatusCode, address)
	return at
}

// back returns from the provider.
func (o *organisation) back(b *browser, at *url.URL) page {
	o.t.Helper()
	return b.get(at.RequestURI())
}

// enter signs in from beginning to end.
func (o *organisation) enter(b *browser, next string) page {
	o.t.Helper()
	p := b.get("/inloggen/organisatie" + next)
	require.Equal(o.t, http.StatusSeeOther, p.status, p.text)
	return o.back(b, o.authorised(b, p.header.Get("Location")))
}

// TestSignInThroughTheOrganisation: code, PKCE, state and nonce; the roles are those of the groups, and are read again at
// each sign-in.
func TestSignInThroughTheOrganisation(t *testing.T) {
	t.Parallel()
	o := newOrganisation(t)
	b := o.browser()
	assert.Contains(t, b.get("/inloggen").text, "Inloggen via je organisatie")
	o.people.in("webredactie", "iedereen")
	p := b.get("/inloggen/organisatie?naar=/redactie")
	asked, err := url.Parse(p.header.Get("Location"))
	require.NoError(t, err)
	for name, want := range map[string]string{"response_type": "code", "code_challenge_method": "S256", "client_id": clientID, "redirect_uri": o.URL + "/inloggen/terug"} {
		assert.Equal(t, want, asked.Query().Get(name), name)
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		assert.GreaterOrEqual(t, len(asked.Query().Get(name)), 26, name)
	}
	p = o.back(b, o.authorised(b, asked.String()))
	require.Equal(t, http.StatusSeeOther, p.status, p.text)
	assert.Equal(t, "/redactie", p.header.Get("Location"))
	account := b.get("/account").text
	assert.Contains(t, account, "Anna Redacteur")
	assert.Contains(t, account, "Eindredacteur")
	assert.NotContains(t, account, "Beheerder")
	assert.Equal(t, http.StatusOK, b.post("/redactie/publiceren").status)

	o.people.in("functioneel beheer")
	other := o.browser()
	require.Equal(t, http.StatusSeeOther, o.enter(other, "").status)
	assert.Equal(t, http.StatusOK, other.get("/beheer").status)
	assert.Equal(t, http.StatusForbidden, other.post("/redactie/publiceren").status)
	assert.Equal(t, http.StatusSeeOther, b.post("/redactie/publiceren").status, "the session with the roles from before ended")
	assert.Equal(t, http.StatusUnprocessableEntity, other.post("/beheer/rollen", "id", o.id("Anna Redacteur"), "rol", "publisher").status, "roles are not given here")

	p = other.post("/uitloggen")
	assert.Equal(t, "/uitgelogd", p.header.Get("Location"))
	p = other.get("/uitgelogd")
	assert.Contains(t, p.header.Get("Refresh"), o.server.URL+"/end_session?client_id=digiwijzer&id_token_hint=")
	assert.Empty(t, other.get("/uitgelogd").header.Get("Refresh"), "once")
}

// TestNoGroupNoAccess: the page shows whom to ask, and there is no session and no account.
func TestNoGroupNoAccess(t *testing.T) {
	t.Parallel()
	o := newOrganisation(t)
	for _, groups := range [][]string{nil, {"iedereen"}, {"Webredactie"}, {"webredactie2", "admin"}} {
		o.people.in(groups...)
		b := o.browser()
		p := o.enter(b, "")
		assert.Equal(t, http.StatusForbidden, p.status, groups)
		assert.Contains(t, p.text, "Vraag het aan de beheerder: loket@example.nl.")
		assert.Nil(t, b.cookie())
	}
	all, err := o.harness.people.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, all)
}

// TestProviderIsDown: the page shows it, and the next sign-in tries again.
func TestProviderIsDown(t *testing.T) {
	t.Parallel()
	o := newOrganisation(t)
	o.people.in("webredactie")
	o.down.Store(true)
	b := o.browser()
	p := b.get("/inloggen/organisatie")
	assert.Equal(t, http.StatusServiceUnavailable, p.status)
	assert.Contains(t, p.text, "We kunnen de inlogpagina van je organisatie nu niet bereiken.")
	assert.Contains(t, p.text, "Inloggen met je passkey", "the other way in stays")
	o.down.Store(false)
	o.clock.skip(10 * time.Second)
	assert.Equal(t, http.StatusSeeOther, o.enter(b, "").status)
}

// TestForgedReturns: a return with another state, code or cookie is refused.
func TestForgedReturns(t *testing.T) {
	t.Parallel()
	o := newOrganisation(t)
	o.people.in("functioneel beheer")
	begin := func() (*browser, *url.URL) {
		b := o.browser()
		return b, o.authorised(b, b.get("/inloggen/organisatie").header.Get("Location"))
	}
	refused := func(name string, b *browser, at *url.URL) {
		o.clock.skip(time.Minute)
		p := o.back(b, at)
		assert.Equal(t, http.StatusForbidden, p.status, name)
		assert.Nil(t, b.cookie(), name)
	}
	with := func(at *url.URL, name, value string) *url.URL {
		changed := *at
		query := at.Query()
		query.Set(name, value)
		changed.RawQuery = query.Encode()
		return &changed
	}
	b, at := begin()
	refused("another state", b, with(at, "state", strings.Repeat("A", 26)))
	b, at = begin()
	refused("no state", b, with(at, "state", ""))
	b, at = begin()
	refused("another code", b, with(at, "code", "x"))
	b, at = begin()
	refused("no code", b, with(at, "code", ""))
	b, at = begin()
	refused("another provider", b, with(at, "iss", "https://evil.example"))
	b, at = begin()
	refused("an error", b, with(at, "error", "access_denied"))
	_, at = begin()
	refused("in a browser that did not ask: a login somebody else prepared", o.browser(), at)
	_, at = begin()
	victim, _ := begin()
	refused("the code and state of another", victim, at)
	b, at = begin()
	jar := cloneJar(t, o.harness, b)
	assert.Equal(t, http.StatusSeeOther, o.back(b, at).status)
	replay := o.browser()
	replay.Jar = jar
	refused("replayed with its cookie", replay, at)
	b, at = begin()
	o.clock.skip(10 * time.Minute)
	refused("too late", b, at)
}

// forger is a provider that answers with whatever token a test makes.
type forger struct {
	*harness
	server *httptest.Server
	key    *ecdsa.PrivateKey
	token  func(nonce string) string
	nonce  string
}

func newForger(t *testing.T) *forger {
	t.Helper()
	f := &forger{}
	var err error
	f.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	mux := http.NewServeMux()
	f.server = httptest.NewServer(mux)
	t.Cleanup(f.server.Close)
	answer := func(w http.ResponseWriter, value any) {
		w.Header().Set("Content-Type", "application/json")
		assert.NoError(t, json.NewEncoder(w).Encode(value))
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": f.server.URL, "authorization_endpoint": f.server.URL + "/auth", "token_endpoint": f.server.URL + "/token",
			"jwks_uri": f.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: f.key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": f.token(f.nonce)})
	})
	f.harness = newHarness(t, func(opts *signin.Options) {
		opts.Provider = signin.NewProvider(signin.ProviderOptions{Issuer: f.server.URL, ClientID: clientID, Secret: secret.New(clientSecret), Rules: rules, Clock: opts.Clock})
	})
	return f
}

func (f *forger) sign(alg jose.SignatureAlgorithm, key any, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
	require.NoError(f.t, err)
	content, err := json.Marshal(claims)
	require.NoError(f.t, err)
	signed, err := signer.Sign(content)
	require.NoError(f.t, err)
	text, err := signed.CompactSerialize()
	require.NoError(f.t, err)
	return text
}

// enter signs in and returns the result.
func (f *forger) enter() (page, *browser) {
	f.t.Helper()
	f.clock.skip(time.Minute)
	b := f.browser()
	asked, err := url.Parse(b.get("/inloggen/organisatie").header.Get("Location"))
	require.NoError(f.t, err)
	f.nonce = asked.Query().Get("nonce")
	return b.get("/inloggen/terug?" + url.Values{"code": {"c"}, "state": {asked.Query().Get("state")}}.Encode()), b
}

// TestForgedTokens: a token with any fault is refused.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	claims := func(nonce string, changes map[string]any) map[string]any {
		all := map[string]any{"iss": f.server.URL, "aud": clientID, "sub": "s-1", "name": "Anna", "nonce": nonce, "groups": []string{"functioneel beheer"},
			"iat": f.clock.Now().Unix(), "exp": f.clock.Now().Add(time.Minute).Unix()}
		for name, value := range changes {
			all[name] = value
		}
		return all
	}
	for name, changes := range map[string]map[string]any{
		"another issuer": {"iss": "https://evil.example"}, "another audience": {"aud": "another"}, "no audience": {"aud": nil},
		"another nonce": {"nonce": "x"}, "no nonce": {"nonce": ""}, "expired": {"exp": f.clock.Now().Add(-time.Hour).Unix()},
		"not valid yet": {"nbf": f.clock.Now().Add(24 * time.Hour).Unix()},
	} {
		f.token = func(nonce string) string { return f.sign(jose.ES256, f.key, claims(nonce, changes)) }
		p, b := f.enter()
		assert.Equal(t, http.StatusForbidden, p.status, name)
		assert.Nil(t, b.cookie(), name)
	}
	for name, token := range map[string]func(nonce string) string{
		"a stranger's key": func(nonce string) string { return f.sign(jose.ES256, stranger, claims(nonce, nil)) },
		"the client's secret": func(nonce string) string {
			return f.sign(jose.HS256, []byte(strings.Repeat(clientSecret, 2)), claims(nonce, nil))
		},
		"no signature": func(nonce string) string {
			parts := strings.Split(f.sign(jose.ES256, f.key, claims(nonce, nil)), ".")
			return parts[0] + "." + parts[1] + "."
		},
		"algorithm none": func(nonce string) string {
			parts := strings.Split(f.sign(jose.ES256, f.key, claims(nonce, nil)), ".")
			return "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + parts[1] + "."
		},
		"no token": func(string) string { return "" },
		"an altered one": func(nonce string) string {
			signed := f.sign(jose.ES256, f.key, claims(nonce, nil))
			other := f.sign(jose.ES256, f.key, claims(nonce, map[string]any{"sub": "s-2"}))
			return strings.Split(signed, ".")[0] + "." + strings.Split(other, ".")[1] + "." + strings.Split(signed, ".")[2]
		},
	} {
		f.token = token
		p, b := f.enter()
		assert.Equal(t, http.StatusForbidden, p.status, name)
		assert.Nil(t, b.cookie(), name)
	}
	f.token = func(nonce string) string { return f.sign(jose.ES256, f.key, claims(nonce, nil)) }
	p, b := f.enter()
	assert.Equal(t, http.StatusSeeOther, p.status, p.text)
	assert.Equal(t, http.StatusOK, b.get("/beheer").status, "the right one lets in")
	stored, err := f.harness.people.Open(t.Context(), f.id("Anna"))
	require.NoError(t, err)
	assert.NotEmpty(t, stored[0].Hint)
	assert.NotContains(t, stored[0].Hint, "eyJ", "the token says who somebody is: it is kept encrypted")
}

// TestRoleRules: forms that are refused, and where the claim may be.
func TestRoleRules(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"", "groups", "groups:", ":a=editor", "groups:a", "groups:a=", "groups:=editor", "groups:a=root", "groups:a=editor,,b=admin", "groups:a=Editor"} {
		_, ok := signin.ParseRoleRules(wrong)
		assert.False(t, ok, wrong)
	}
	parsed, ok := signin.ParseRoleRules(" realm_access.roles : CN=Redactie =editor, b=admin")
	require.True(t, ok)
	assert.Equal(t, []staff.Role{staff.RoleEditor}, parsed.Roles["CN=Redactie"])
	for text, want := range map[string][]staff.Role{
		`{"realm_access":{"roles":["b","x"]}}`: {staff.RoleAdmin}, `{"realm_access.roles":"b"}`: {staff.RoleAdmin},
		`{"realm_access":"b"}`: nil, `{"roles":["b"]}`: nil, `{"realm_access":{"roles":[1,{"b":1}]}}`: nil,
	} {
		var claims map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &claims))
		assert.Equal(t, want, signin.RolesOf(parsed, claims), text)
	}
	for issuer, safe := range map[string]bool{"https://login.example.nl/x": true, "http://login.example.nl": false, "http://127.0.0.1:8080": true, "http://localhost/a": true,
		"https://": false, "": false, "ftp://a": false, "https://a?b": false, "https://u@a": false, "http://127.0.0.1.evil.example": false} {
		assert.Equal(t, safe, signin.SafeIssuer(issuer), issuer)
	}
}
