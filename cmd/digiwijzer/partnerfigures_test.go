package main

import (
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/bot"
	"digiwijzer/flows"
	"digiwijzer/referral"
	"digiwijzer/store"
)

// summer fills the data with finished conversations of 2025Q3, so many per partner.
func (h *harness) summer(t *testing.T, through map[string]int) {
	t.Helper()
	data := filepath.Join(h.dir, "data")
	key, err := store.CreateKey(filepath.Join(h.dir, "digiwijzer.key"), filepath.Join(data, "state.db"))
	require.NoError(t, err)
	catalogue, err := referral.Load(referral.Embedded())
	require.NoError(t, err)
	s, err := store.Open(t.Context(), data, key, store.Options{Region: catalogue.Region()})
	require.NoError(t, err)
	defer s.Close()
	august := time.Date(2025, time.August, 12, 12, 0, 0, 0, referral.Netherlands)
	id := 0
	for partner, n := range through {
		for range n {
			id++
			chat := bot.Chat{Channel: "telegram", ID: strconv.Itoa(id)}
			o := flows.Outcome{Sector: []string{"horeca", "retail", "zakelijk"}[id%3], Region: "U", Size: "micro", SelfImage: "3",
				ReadinessBand: id % 10, ImpactBand: id * 7 % 10, DIIBasis: "nee", Quadrant: []string{"vulnerable", "leading"}[id%2],
				Cyber: "weak", Phase: "adhoc", Obstacle: "tijd", HelpWanted: "papier", Partner: partner, Channel: "telegram", Lang: "nl", QuestionSet: 1, Scoring: 1}
			_, err := s.Apply(t.Context(), []bot.Work{{Chats: []bot.Chat{chat}, Do: func(tx bot.Tx) error {
				if err := tx.Stage(chat, o, august); err != nil {
					return err
				}
				return tx.Freeze(chat)
			}}})
			require.NoError(t, err)
		}
	}
	went, err := s.HandOver(t.Context(), august)
	require.NoError(t, err)
	require.Equal(t, id, went)
}

// own gets the page of a partner's figures.
func own(t *testing.T, s *server, told string) (status int, header http.Header, page string) {
	t.Helper()
	path := regexp.MustCompile(`/p/\S+`).FindString(told)
	require.NotEmpty(t, path, told)
	response, err := http.Get(s.url + path)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, response.Header, string(body)
}

// TestPartnersSeeTheirOwnFigures: with the address the coordinator gives out, closed
// years only, from twelve on; without it nothing, and a renewed one ends the old.
func TestPartnersSeeTheirOwnFigures(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.summer(t, map[string]int{"kvk": 15, "small": 7, "": 40, "bank": 18})
	for _, code := range []string{"kvk", "small", "bank"} {
		h.ok("partner", "add", code, "--name", "Partner "+code, "--kind", "bank")
	}
	kvk, small := h.ok("partner", "figures", "kvk"), h.ok("partner", "figures", "small")
	s := h.serve()

	status, header, page := own(t, s, kvk)
	require.Equal(t, http.StatusOK, status, s.stderr)
	assert.Contains(t, page, `<th scope="row">2025</th><td>15</td>`)
	assert.Contains(t, page, "Partner kvk")
	assert.Contains(t, page, "16 nov 2026", "since when the address works")
	assert.NotContains(t, page, `<th scope="row">2026</th>`, "a year under way is nobody's yet")
	assert.NotContains(t, page, "Partner bank")
	assert.NotContains(t, page, "<td>18</td>", "another partner's")
	assert.NotContains(t, page, "ZgotmplZ")
	assert.Equal(t, "private, no-store", header.Get("Cache-Control"))
	assert.Equal(t, "noindex, nofollow", header.Get("X-Robots-Tag"))
	assert.Equal(t, "no-referrer", header.Get("Referrer-Policy"))

	_, _, page = own(t, s, small)
	assert.Contains(t, page, "minder dan 12")
	assert.NotContains(t, page, "<td>7</td>")

	for name, address := range map[string]string{
		"another partner's signature": "/p/kvk/cijfers/" + signature(small),
		"guessed":                     "/p/kvk/cijfers/AAAAAAAAAAAAAAAAAAAAAA",
		"no address given out":        "/p/bank/cijfers/" + signature(kvk),
		"nobody":                      "/p/nobody/cijfers/" + signature(kvk),
	} {
		status, _, page := own(t, s, address)
		assert.Equal(t, http.StatusNotFound, status, name)
		assert.NotContains(t, page, "2025", name)
	}
	renewed := h.ok("partner", "figures", "kvk", "--renew")
	status, _, _ = own(t, s, kvk)
	assert.Equal(t, http.StatusNotFound, status, "renewed")
	status, _, page = own(t, s, renewed)
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "<td>15</td>")
	assert.NotContains(t, s.stderr.String(), signature(renewed), "the address is in no log")
	assert.Zero(t, s.stop(), s.stderr)
}

func signature(told string) string {
	return strings.TrimSpace(told[strings.LastIndexByte(told, '/')+1:])
}
