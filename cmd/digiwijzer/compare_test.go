package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows/audit"
	"digiwijzer/referral"
)

// edited is the embedded content with one place changed in one file.
func edited(t testing.TB, name, old, new string) *content {
	t.Helper()
	for _, part := range contentParts() {
		if in, rest := split(name, part.dir); in {
			file, err := part.embedded.Open(rest)
			require.NoError(t, err)
			info, err := file.Stat()
			require.NoError(t, err)
			text := make([]byte, info.Size())
			_, err = file.Read(text)
			require.NoError(t, err)
			c, err := loadContent(folder(t, name, replaceOnce(t, string(text), old, new)))
			require.NoError(t, err)
			return c
		}
	}
	require.Fail(t, "no such file", name)
	return nil
}

func compare(t testing.TB, to *content) audit.Difference {
	t.Helper()
	from, err := loadContent("")
	require.NoError(t, err)
	d, err := audit.Compare(from.audited(), to.audited(), referral.Date("2026-11-16"))
	require.NoError(t, err)
	assert.Equal(t, 1029600, d.Combinations)
	return d
}

func TestComparingWithItselfFindsNothing(t *testing.T) {
	same, err := loadContent("")
	require.NoError(t, err)
	d := compare(t, same)
	assert.Empty(t, d.Changes)
	assert.Zero(t, d.OtherFirstStep+d.OtherQuadrant+d.OtherFirstAdvised+len(d.AskedAnew)+len(d.AskedFirst))
	assert.Greater(t, d.Positions, 5000)
}

func TestComparingTellsWhatAnEditDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("advises all combinations three times, twice over")
	}
	d := compare(t, edited(t, "flows/questions.toml", `{value = "retail"}`, `{value = "winkelier"}`))
	assert.Equal(t, []audit.Change{{Kind: "option", ID: "sector.retail", How: "removed"}, {Kind: "option", ID: "sector.winkelier", How: "added"}}, d.Changes)
	assert.Positive(t, d.AskedAnew["sector"])
	assert.Empty(t, d.OtherFirstStep, "the rules are as they were")

	d = compare(t, edited(t, "flows/questions.toml", "[[question]]\nid = \"self_image\"",
		"[[question]]\nid = \"shop\"\npart = 1\nbecause = \"x\"\noptions = [{value = \"a\"}, {value = \"b\"}]\n\n[[question]]\nid = \"self_image\""))
	assert.Contains(t, d.Changes, audit.Change{Kind: "question", ID: "shop", How: "added"})
	assert.Empty(t, d.AskedAnew)
	assert.Greater(t, d.AskedFirst["shop"], d.Positions/2, "nearly everyone under way is asked it first")
	assert.Zero(t, d.OtherFirstAdvised)

	d = compare(t, edited(t, "referral/catalogue/mkb-werkplaats-utrecht.toml", `status = "unverified"`, "status = \"unverified\"\nvalid_to = \"2026-01-01\""))
	assert.Equal(t, []audit.Change{{Kind: "initiative", ID: "mkb-werkplaats-utrecht", How: "changed"}}, d.Changes)
	assert.Positive(t, d.OtherFirstStep)
	assert.Positive(t, d.OtherFirstAdvised)
	assert.Zero(t, d.OtherQuadrant)
}

func TestCheckAgainstTellsAnEditor(t *testing.T) {
	if testing.Short() {
		t.Skip("walks all paths")
	}
	h := newHouse(t)
	h.ok("content", "export", "mine")
	file := filepath.Join(h.dir, "mine/locales/chat.nl.toml")
	write(t, file, replaceOnce(t, read(t, file), "Fijn dat je er weer bent.", "Wat fijn dat je er weer bent."))
	h.ok("chat", "--content", "mine", "--record", "talks/one.txt")

	said := h.ok("check", "--against", "mine", "--days", "0", "--transcripts", "talks")
	assert.Contains(t, said, "tekst chat.welcome_back (nl): gewijzigd")
	assert.Contains(t, said, "merkt er niets van")
	assert.Contains(t, said, "Nagespeelde gesprekken: 1.")

	write(t, filepath.Join(h.dir, "talks/one.txt"), replaceOnce(t, read(t, filepath.Join(h.dir, "talks/one.txt")), "In vier minuten", "In 4 minuten"))
	var found checked
	o := h.run("", "check", "--content", "mine", "--days", "0", "--transcripts", "talks", "--format", "json")
	assert.Equal(t, 1, o.code)
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &found))
	require.Len(t, found.Faults, 1)
	assert.Equal(t, "transcript.differs", found.Faults[0].Kind)
	assert.Equal(t, "one.txt", found.Faults[0].File)
	assert.Greater(t, found.Coverage.States, 1000)
	assert.NotEmpty(t, found.Content)
	assert.Nil(t, found.Difference)
}

// TestCheckAsJSONTellsWhyContentIsRefused: faults have a place, also where the content
// cannot be loaded at all.
func TestCheckAsJSONTellsWhyContentIsRefused(t *testing.T) {
	dir := folder(t, "referral/catalogue/kvk.toml", "id = \"kvk\"\ncolour = \"red\"\n")
	o := newHouse(t).run("", "check", "--content", dir, "--format", "json")
	assert.Equal(t, 1, o.code)
	var found checked
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &found))
	require.NotEmpty(t, found.Faults)
	assert.Equal(t, "referral/catalogue/kvk.toml", found.Faults[0].File)
}

// TestARecordedConversationPlays: whatever is done in the terminal, the transcript plays
// to the same end.
func TestARecordedConversationPlays(t *testing.T) {
	h := newHouse(t)
	for name, typed := range map[string]string{
		"whole":    strings.Repeat("a\n", 30),
		"language": "c\nhoreca en verblijf\nzeist\n/taal en\nback\nmenu\n",
		"wander":   "a\n[zomaar]\n!size.2.1\nqwerty\n/privacy\nvorige\n/antwoorden\nspot035\ngehackt\nja\n",
	} {
		file := filepath.Join(h.dir, "talks", name+".txt")
		o := h.run(typed, "chat", "--date", "2027-01-02", "--start", "test_GM0344", "--record", file)
		require.Zero(t, o.code, o.stderr)
		text := read(t, file)
		assert.Contains(t, text, "= date 2027-01-02\n")
		assert.Contains(t, text, "> /start test_GM0344\n")
		c, err := loadContent("")
		require.NoError(t, err)
		var found checked
		require.NoError(t, found.replay(c, filepath.Dir(file), "nl"), name)
		assert.Empty(t, found.Faults, name)
	}
	assert.Contains(t, read(t, filepath.Join(h.dir, "talks/whole.txt")), "outcome: ")
	assert.Contains(t, read(t, filepath.Join(h.dir, "talks/language.txt")), "How digital")
}
