package main

import (
	"bytes"
	"digiwijzer/bot/app"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/publishing"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCheckAgainst runs the gate once, on content that differs in one text, with a
// transcript that plays as recorded. What the report is like when one does not play, is
// tested on that result.
func TestCheckAgainst(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("walks all paths")
	}
	h := newHarness(t)
	h.ok("content", "export", h.at("mine"))
	file := filepath.Join(h.dir, "mine/locales/chat.nl.toml")
	write(t, file, replaceOnce(t, read(t, file), "Welkom terug. Je was hier gebleven.", "Fijn dat je terug bent. Je was hier gebleven."))
	h.ok("chat", "--content", h.at("mine"), "--record", h.at("talks/one.txt"))

	said := h.ok("check", "--against", h.at("mine"), "--days", "0", "--transcripts", h.at("talks"))
	assert.Contains(t, said, "De inhoud is in orde")
	assert.Regexp(t, `[0-9]{6,} combinaties`, said)
	assert.Contains(t, said, "tekst chat.welcome_back (nl): gewijzigd")
	assert.Contains(t, said, "merkt er niets van")
	assert.Contains(t, said, "Nagespeelde gesprekken: 1.")
}

func TestATranscriptThatDiffersIsAFault(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.ok("chat", "--record", h.at("talks/one.txt"))
	write(t, filepath.Join(h.dir, "talks/one.txt"), replaceOnce(t, read(t, filepath.Join(h.dir, "talks/one.txt")), "In vier minuten", "In 4 minuten"))
	e, err := content.Load("")
	require.NoError(t, err)
	var printed bytes.Buffer
	p := &program{Base: app.Base{Words: e.Texts}, stdout: &printed}
	found := publishing.Checked{Content: e.ID}
	cmd := checkCmd{Transcripts: filepath.Join(h.dir, "talks"), Format: "json"}
	require.NoError(t, cmd.replay(p, &found, e))
	require.ErrorIs(t, cmd.print(p, found), errFound)
	require.NoError(t, json.Unmarshal(printed.Bytes(), &found))
	require.Len(t, found.Faults, 1)
	assert.Equal(t, "transcript.differs", found.Faults[0].Kind)
	assert.Equal(t, "one.txt", found.Faults[0].File)
	assert.Equal(t, e.ID, found.Content)
	assert.Nil(t, found.Difference)
}

// TestCheckAsJSONLocatesLoadingFaults: faults name their file, also if the content cannot be
// loaded at all.
func TestCheckAsJSONLocatesLoadingFaults(t *testing.T) {
	t.Parallel()
	dir := folder(t, "referral/catalogue/kvk.toml", "id = \"kvk\"\ncolour = \"red\"\n")
	o := newHarness(t).run("", "check", "--content", dir, "--format", "json")
	assert.Equal(t, 1, o.code)
	var found publishing.Checked
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &found))
	require.NotEmpty(t, found.Faults)
	assert.Equal(t, "referral/catalogue/kvk.toml", found.Faults[0].File)
}

// TestARecordedConversationPlays: whatever is done in the terminal, the transcript plays
// to the same end.
func TestARecordedConversationPlays(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
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
		c, err := content.Load("")
		require.NoError(t, err)
		var found publishing.Checked
		cmd := checkCmd{Transcripts: filepath.Dir(file)}
		require.NoError(t, cmd.replay(&program{Base: app.Base{Words: c.Texts}}, &found, c), name)
		assert.Empty(t, found.Faults, name)
	}
	assert.Contains(t, read(t, filepath.Join(h.dir, "talks/whole.txt")), "outcome: ")
	assert.Contains(t, read(t, filepath.Join(h.dir, "talks/language.txt")), "How digital")
}
