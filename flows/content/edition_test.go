package content

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

func TestAnUnchangedCopyIsTheSameEdition(t *testing.T) {
	embedded, err := Load("")
	require.NoError(t, err)
	assert.Len(t, embedded.ID, 12)
	mine := filepath.Join(t.TempDir(), "mine")
	copied, err := Export(mine)
	require.NoError(t, err)
	assert.Equal(t, embedded.ID, copied.ID)
	assert.Greater(t, copied.Files, 30)
	same, err := Load(mine)
	require.NoError(t, err)
	assert.Equal(t, embedded.ID, same.ID)

	text := filepath.Join(mine, "locales/chat.nl.toml")
	write(t, text, replaceOnce(t, read(t, text), "In vier minuten", "In 4 minuten"))
	changed, err := Load(mine)
	require.NoError(t, err)
	assert.NotEqual(t, embedded.ID, changed.ID)
	_, err = Export(mine)
	require.ErrorIs(t, err, ErrNotEmpty, "an export never overwrites work")
	assert.Contains(t, read(t, text), "In 4 minuten")
}

func TestOutdatedCopiesAreListed(t *testing.T) {
	mine := filepath.Join(t.TempDir(), "mine")
	_, err := Export(mine)
	require.NoError(t, err)
	names, err := Outdated(mine)
	require.NoError(t, err)
	assert.Empty(t, names)

	stampPath := filepath.Join(mine, stampFile)
	sums, err := checksums(os.DirFS(filepath.Join(mine, "referral")), "referral")
	require.NoError(t, err)
	write(t, stampPath, replaceOnce(t, read(t, stampPath), sums["referral/rules.toml"], strings.Repeat("0", 64)))
	names, err = Outdated(mine)
	require.NoError(t, err)
	assert.Equal(t, []string{"referral/rules.toml"}, names)

	require.NoError(t, os.Remove(stampPath))
	names, err = Outdated(mine)
	require.NoError(t, err)
	assert.Empty(t, names, "a folder that was not exported")
}

func TestLoadReportsTheFaultsOfEveryFile(t *testing.T) {
	dir := folder(t,
		"referral/catalogue/kvk.toml", "id = \"kvk\"\ncolour = \"red\"\n",
		"locales/mine.nl.toml", `"chat.welcome" = "{{.Open"`,
		partnersFolder+"/"+partnersFile, "[[partner]]\ncode = \"A B\"\nname = \"x\"\n",
		"flows/question.toml", "",
	)
	_, err := Load(dir)
	require.ErrorContains(t, err, "flows/question.toml: not a content file", "a misspelt name would have no effect")
	require.NoError(t, os.Remove(filepath.Join(dir, "flows/question.toml")))
	_, err = Load(dir)
	for _, want := range []string{"catalogue/kvk.toml", "colour", "mine.nl.toml", "chat.welcome", `partner "A B": the code must be`, "kind"} {
		require.ErrorContains(t, err, want)
	}
	_, err = Load(filepath.Join(dir, "nowhere"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestPartnersMustFitTheEdition(t *testing.T) {
	_, err := Load(folder(t, partnersFolder+"/"+partnersFile,
		"[[partner]]\ncode = \"rabo\"\nname = \"Rabobank\"\nkind = \"bank\"\nmunicipality = \"GM9999\"\nlang = \"xx\"\n"))
	require.ErrorContains(t, err, `partners.toml: rabo: partner "rabo": there are no texts in language "xx"`)
	require.ErrorContains(t, err, `partners.toml: rabo: partner "rabo": there is no municipality "GM9999"`)

	e, err := Load("")
	require.NoError(t, err)
	var ids []string
	for _, f := range e.PartnerFaults(flows.Partner{Code: "rabo", Kind: flows.PartnerBank, Municipality: "GM9999", Lang: "xx"}) {
		ids = append(ids, f.ID)
	}
	assert.Equal(t, []string{"no_name", "lang", "place"}, ids)
	assert.Empty(t, e.PartnerFaults(flows.Partner{Code: "rabo", Name: "Rabobank", Kind: flows.PartnerBank, Municipality: "GM0344", Lang: "en"}))
}

func TestRegisteredPartners(t *testing.T) {
	file := "[[partner]]\ncode = \"kvk\"\nname = \"KVK\"\nkind = \"kvk\"\n[[partner]]\ncode = \"oost\"\nname = \"Oost\"\nkind = \"bank\"\n"
	plain, err := Load(folder(t, partnersFolder+"/"+partnersFile, file))
	require.NoError(t, err)
	e := plain.WithRegistered(Registered{
		Partners: []flows.Partner{{Code: "kvk", Name: "Another"}, {Code: "gooi", Name: "Gooi", Kind: flows.PartnerBank, Municipality: "GM9999", Lang: "xx"}},
		Paused:   map[string]bool{"oost": true},
	})
	assert.Equal(t, "KVK", e.PartnerName("kvk"), "the file wins")
	assert.Equal(t, "gone", e.PartnerName("gone"))
	gooi, ok := e.Partner("gooi")
	require.True(t, ok)
	assert.Equal(t, ListedPartner{Partner: flows.Partner{Code: "gooi", Name: "Gooi", Kind: flows.PartnerBank}}, gooi, "what the edition does not know is dropped")
	oost, ok := e.Partner("oost")
	require.True(t, ok)
	assert.True(t, oost.Paused && oost.InFile)
	assert.Len(t, e.activePartners(), 2)
	link, unknown := e.Link("OOST_GM0344")
	assert.Equal(t, flows.Link{Municipality: "GM0344"}, link, "a paused partner is not counted")
	assert.Equal(t, "OOST", unknown)
	link, unknown = e.Link("gooi_en")
	assert.Equal(t, flows.Link{Partner: "gooi", Lang: "en"}, link)
	assert.Empty(t, unknown)

	assert.Len(t, plain.Partners, 2, "the edition itself does not change")
	again := e.WithRegistered(Registered{})
	assert.Equal(t, plain.Partners, again.Partners)
}

func TestPartnerRemarksIncludeTheChange(t *testing.T) {
	e, err := Load("")
	require.NoError(t, err)
	assert.Empty(t, e.PartnerRemarks(nil))
	added := flows.Partner{Code: "vrienden", Name: "Vrienden van de Binnenstad", Kind: flows.PartnerOther}
	remarks := e.PartnerRemarks(&added)
	require.Len(t, remarks, 1)
	assert.Equal(t, flows.RemarkKind, remarks[0].Why)
}

func TestReadFileReturnsWhatIsInForce(t *testing.T) {
	e, err := Load(folder(t, "locales/mine.nl.toml", `"question.size.text" = "Met zijn hoevelen?"`))
	require.NoError(t, err)
	own, err := e.ReadFile("locales/mine.nl.toml")
	require.NoError(t, err)
	assert.Contains(t, string(own), "hoevelen")
	embedded, err := e.ReadFile("flows/questions.toml")
	require.NoError(t, err)
	assert.Contains(t, string(embedded), "question_set")
	_, err = e.ReadFile("flows/engine.go")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestAddressesOfTheCatalogue(t *testing.T) {
	e, err := Load("")
	require.NoError(t, err)
	shown, all := e.Addresses(false), e.Addresses(true)
	assert.Greater(t, len(all), len(shown))
	users := map[string][]string{}
	for _, a := range shown {
		assert.Empty(t, users[a.URL], "each address once")
		users[a.URL] = a.UsedBy
	}
	assert.Contains(t, users["https://www.kvk.nl/hulp-en-contact/"], "kvk")
}

// TestHiddenFilesAreNoContent: the extra files that macOS writes on a USB stick do not block an editor's content.
func TestHiddenFilesAreNoContent(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"locales/web.nl.toml":            `"web.description" = "Aangepast"`,
		"locales/._web.nl.toml":          "\x00\x05\x16\x07 Mac OS X",
		"referral/catalogue/._kvk.toml":  "\x00\x05\x16\x07 Mac OS X",
		"referral/catalogue/.kvk.toml~":  "[",
		".git/config":                    "[core]",
		"referral/actions/._online.toml": "\xff\xfe",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(folder, filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	e, err := Load(folder)
	require.NoError(t, err)
	assert.Equal(t, "Aangepast", e.Texts.Text("nl", "web.description"))
}
