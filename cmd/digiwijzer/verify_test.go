package main

import (
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/referral"
)

func itoa(n int) string { return strconv.Itoa(n) }

// dialOnly dials one address as the checker of links would if only that were public.
func dialOnly(open netip.AddrPort) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != open.String() {
			if err := onlyPublic(network, address, nil); err != nil {
				return nil, err
			}
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
}

func replaceOnce(t testing.TB, text, old, new string) string {
	t.Helper()
	require.Contains(t, text, old)
	return strings.Replace(text, old, new, 1)
}

// replaceAll changes every file of a folder of the house.
func replaceAll(t testing.TB, h *house, dir, pattern, with string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(h.dir, dir, "*.toml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		write(t, file, regexp.MustCompile(pattern).ReplaceAllString(read(t, file), with))
	}
}

func TestVerifyStampsARecord(t *testing.T) {
	h := newHouse(t)
	require.NoError(t, os.Mkdir(filepath.Join(h.dir, "mine"), 0o755))
	record := filepath.Join(h.dir, "mine/referral/catalogue/slim.toml")

	said := h.ok("catalogue", "verify", "slim", "--by", `Anna "de redactie" \ Vos`, "--content", "mine")
	assert.Contains(t, said, "slim.toml")
	embedded := readEmbedded(t, "catalogue/slim.toml")
	want := replaceOnce(t, embedded, `verified_on = ""`, "verified_on = \"2026-11-16\"\nverified_by = \"Anna \\\"de redactie\\\" \\\\ Vos\"")
	assert.Equal(t, want, read(t, record), "the rest is as it was")

	write(t, record, "# Mijn aantekening\n"+strings.Replace(read(t, record), `verified_on = "2026-11-16"`, `verified_on = "2026-11-16" # gebeld`, 1))
	h.ok("catalogue", "verify", "slim", "--by", "Bo", "--content", "mine", "--date", "2026-11-20")
	text := read(t, record)
	assert.True(t, strings.HasPrefix(text, "# Mijn aantekening\n"))
	assert.Contains(t, text, `verified_on = "2026-11-20" # gebeld`+"\nverified_by = \"Bo\"\n")
	assert.NotContains(t, text, "Anna")

	left, err := filepath.Glob(filepath.Join(h.dir, "mine/referral/catalogue/.*"))
	require.NoError(t, err)
	assert.Empty(t, left)

	var entries []catalogueEntry
	require.NoError(t, json.Unmarshal([]byte(h.with("DIGIWIJZER_CONTENT=mine").ok("catalogue", "--format", "json")), &entries))
	for _, e := range entries {
		if e.ID == "slim" {
			assert.Equal(t, referral.Date("2026-11-20"), e.VerifiedOn)
		}
	}
	gone, err := outdated(filepath.Join(h.dir, "mine"))
	require.NoError(t, err)
	assert.Empty(t, gone, "the copy is of today's record")
	write(t, filepath.Join(h.dir, "mine", stampFile), "content = \"old\"\n[files]\n\"referral/catalogue/slim.toml\" = \"older\"\n")
	gone, err = outdated(filepath.Join(h.dir, "mine"))
	require.NoError(t, err)
	assert.Equal(t, []string{"referral/catalogue/slim.toml"}, gone)
}

func readEmbedded(t testing.TB, name string) string {
	t.Helper()
	content, err := referral.Embedded().Open(name)
	require.NoError(t, err)
	defer content.Close()
	info, err := content.Stat()
	require.NoError(t, err)
	text := make([]byte, info.Size())
	_, err = content.Read(text)
	require.NoError(t, err)
	return string(text)
}

// TestEveryRecordCanBeVerified: however it is written.
func TestEveryRecordCanBeVerified(t *testing.T) {
	c, err := loadContent("")
	require.NoError(t, err)
	for _, i := range c.catalogue.Initiatives() {
		_, err := stampVerified(readEmbedded(t, "catalogue/"+i.ID+".toml"), "Anna", "2026-11-16")
		require.NoError(t, err, i.ID)
	}
	without, err := stampVerified("id = \"x\"\n[area]\nscope = \"national\"\n", "Anna", "2026-11-16")
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(without, "verified_on = \"2026-11-16\"\nverified_by = \"Anna\"\n"), without)
	_, err = stampVerified("id = \"x\"\nverified_on = '2025-01-01'\n", "Anna", "2026-11-16")
	require.Error(t, err, "a key in other quotes is not written twice")
}

func TestVerifyRefuses(t *testing.T) {
	h := newHouse(t)
	require.NoError(t, os.Mkdir(filepath.Join(h.dir, "mine"), 0o755))
	for want, args := range map[string][]string{
		"geen initiatief zwembad": {"zwembad", "--by", "Anna", "--content", "mine"},
		"op één regel":            {"slim", "--by", "Anna\nid = 1", "--content", "mine"},
		"--content MAP":           {"slim", "--by", "Anna"},
		"content folder":          {"slim", "--by", "Anna", "--content", "nergens"},
		"--by":                    {"slim"},
	} {
		o := h.run("", append([]string{"catalogue", "verify"}, args...)...)
		assert.NotZero(t, o.code, want)
		assert.Contains(t, o.stderr, want)
	}
}

func TestWhatIsDueComesFirst(t *testing.T) {
	h := newHouse(t)
	require.NoError(t, os.Mkdir(filepath.Join(h.dir, "mine"), 0o755))
	h.with("DIGIWIJZER_CONTENT=mine")
	h.ok("catalogue", "verify", "kvk", "--by", "Anna", "--date", "2026-11-10")
	ids := func(args ...string) (due []string) {
		var entries []catalogueEntry
		require.NoError(t, json.Unmarshal([]byte(h.ok(append([]string{"catalogue", "--stale", "--format", "json"}, args...)...)), &entries))
		for _, e := range entries {
			if e.ID == "kvk" {
				due = append(due, string(e.Due)+" "+string(e.NeedsCheck[0]))
			} else {
				assert.LessOrEqual(t, e.Due, referral.Date("2027-02-14"))
			}
		}
		return due
	}
	assert.Empty(t, ids("--days", "30"))
	assert.Equal(t, []string{"2027-02-09 stale"}, ids("--days", "90"), "ninety days after it was verified")
	assert.Contains(t, h.ok("catalogue", "--stale"), "wanneer")
	assert.NotContains(t, h.ok("catalogue"), "wanneer")
}
