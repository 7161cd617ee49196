package web_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"digiwijzer/bot/admission"
	"digiwijzer/bot/web"
)

// TestHealthNoticesAProxyThatIsNotTrusted: for all visitors would be one source, while every
// one of them is served.
func TestHealthNoticesAProxyThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	guard := admission.NewGuard()
	h := newGuarded(t, guard, func(o *web.Options) { o.Admission = guard })
	b := h.visit(t)
	b.get("/")
	h.clock.advance(3 * time.Minute)
	b.get("/")
	assert.True(t, h.dispatcher.Health(t.Context()).OK, "a visitor without a proxy")

	b.header.Set("X-Forwarded-For", "203.0.113.7")
	b.get("/")
	h.clock.advance(3 * time.Minute)
	assert.Equal(t, 200, b.get("/").status)
	status := h.dispatcher.Health(t.Context())
	assert.False(t, status.OK)
	assert.True(t, status.Ready, "visitors are served all the same")
	assert.Contains(t, status.Channels[web.Channel].Problem, "DIGIWIJZER_TRUSTED_PROXY")
}
