package content_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows/audit"
	"digiwijzer/flows/content"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store/memdir"
)

const (
	chatNL  = "locales/chat.nl.toml"
	chatEN  = "locales/chat.en.toml"
	kvkTOML = "referral/catalogue/kvk.toml"
	mczTOML = "referral/catalogue/mcz.toml"
	romTOML = "referral/catalogue/rom-utrecht.toml"
	rules   = "referral/rules.toml"
	region  = "referral/region.toml"
	asked   = "flows/questions.toml"
	own     = "locales/eigen.nl.toml"
	ownEN   = "locales/eigen.en.toml"
)

// edit is an editor's change to an exported folder, with the expected result of the gate.
type edit struct {
	name   string
	change func(f *mine)
	faults []string // of every fault, in order, a part of the line; nil: the content passes
	notes  []string // of some notices, a part of the line
}

// mine is an exported folder.
type mine struct {
	t   testing.TB
	dir string
}

func (f *mine) read(name string) string {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(name)))
	require.NoError(f.t, err)
	return string(text)
}

func (f *mine) write(name, text string) {
	f.t.Helper()
	file := filepath.Join(f.dir, filepath.FromSlash(name))
	require.NoError(f.t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(f.t, os.WriteFile(file, []byte(text), 0o600))
}

func (f *mine) append(name, text string) { f.write(name, f.read(name)+text) }

// replace replaces the first match of a pattern, line by line.
func (f *mine) replace(name, pattern, with string) {
	f.t.Helper()
	re := regexp.MustCompile("(?m)" + pattern)
	text := f.read(name)
	at := re.FindStringSubmatchIndex(text)
	require.NotNil(f.t, at, "%s has no %s", name, pattern)
	f.write(name, text[:at[0]]+string(re.ExpandString(nil, with, text, at))+text[at[1]:])
}

func (f *mine) copy(from, to string) { f.write(to, f.read(from)) }

func (f *mine) translate(id, nl, en string) {
	f.write(own, f.read2(own)+`"`+id+`" = "`+nl+"\"\n")
	f.write(ownEN, f.read2(ownEN)+`"`+id+`" = "`+en+"\"\n")
}

// read2 returns a file that may not be there.
func (f *mine) read2(name string) string {
	text, err := os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(name)))
	if err != nil {
		return ""
	}
	return string(text)
}

const webshop = "[[question]]\nid = \"webshop\"\npart = 1\nbecause = \"Wens van de werkgroep.\"\noptions = [\n  {value = \"ja\"},\n  {value = \"nee\"},\n]\n\n"

// edits are what editors do, in the manual and outside it.
var edits = []edit{
	// Files as editors and office programs write them
	{"curly quotes around a text", func(f *mine) { f.replace(chatNL, `^("chat.welcome" = )"(.*)"$`, `$1“$2”`) },
		[]string{`chat.nl.toml:4: Rond de tekst staan gekrulde aanhalingstekens`}, nil},
	{"a straight quote inside a text", func(f *mine) { f.replace(chatNL, `^"chat.welcome" = "`, `"chat.welcome" = "Hoe "digitaal" `) },
		[]string{`chat.nl.toml:4: In deze tekst staat een aanhalingsteken`}, nil},
	{"no quote at the end", func(f *mine) { f.replace(chatNL, `^("chat.welcome" = ".*)"$`, `$1`) },
		[]string{`chat.nl.toml:4: Een tekst op deze regel heeft geen aanhalingsteken aan het eind`}, nil},
	{"a backslash in a text", func(f *mine) { f.replace(chatNL, `^"chat.welcome" = "`, `"chat.welcome" = "C:\kvk `) },
		[]string{`chat.nl.toml:4: In deze tekst staat een \ die`}, nil},
	{"saved as ANSI", func(f *mine) { f.write(own, "# Eigen\n\"chat.menu\" = \"Menu \xb7\"\n") },
		[]string{`eigen.nl.toml:2: Dit bestand is opgeslagen als ANSI`}, nil},
	{"saved as UTF-16", func(f *mine) { f.write(own, "\xff\xfe\"\x00a\x00\"\x00=\x00") },
		[]string{`eigen.nl.toml:1: Dit bestand is opgeslagen als Unicode (UTF-16)`}, nil},
	{"Windows line ends", func(f *mine) { f.write(chatNL, strings.ReplaceAll(f.read(chatNL), "\n", "\r\n")) }, nil, nil},
	{"a byte order mark", func(f *mine) { f.write(chatNL, "\ufeff"+f.read(chatNL)) }, nil, nil},
	{"tabs", func(f *mine) { f.replace(chatNL, `^"chat.menu" = `, "\t\"chat.menu\"\t=\t") }, nil, nil},
	{"indented", func(f *mine) { f.replace(kvkTOML, `^priority = `, `    priority = `) }, nil, nil},
	{"a photo in the folder", func(f *mine) { f.write("foto.jpg", "\xff\xd8") },
		[]string{`foto.jpg: Dit bestand hoort niet in de map met inhoud`}, nil},
	{"a hidden .txt behind the name", func(f *mine) { f.copy(kvkTOML, kvkTOML+".txt") },
		[]string{`kvk.toml.txt: Dit bestand hoort niet in de map met inhoud`}, nil},
	{"what macOS and Office leave", func(f *mine) {
		for _, name := range []string{"._kvk.toml", "~$kvk.toml", ".~lock.kvk.toml#", "Thumbs.db", "desktop.ini", ".DS_Store", "kvk.toml.bak"} {
			f.write("referral/catalogue/"+name, "\x00\x01")
		}
	}, nil, nil},

	// Keys, values and places
	{"a key in Dutch", func(f *mine) { f.replace(kvkTOML, `^priority = `, `prioriteit = `) },
		[]string{`kvk.toml:9: De sleutel prioriteit kennen we niet. Bedoel je priority?`}, nil},
	{"a key with a typing error", func(f *mine) { f.replace(kvkTOML, `^review_days = `, `review_day = `) },
		[]string{`De sleutel review_day kennen we niet. Bedoel je review_days?`}, nil},
	{"an unknown sector", func(f *mine) { f.replace(rules, `sector = \["ict"\]`, `sector = ["industrie"]`) },
		[]string{`Branche industrie kennen we niet. Kies uit: retail, groothandel`}, nil},
	{"an initiative with a typing error", func(f *mine) { f.replace(rules, `initiative = "kvk"`, `initiative = "kvkk"`) },
		[]string{`De regel noemt kvkk, maar zo'n initiatief is er niet. Bedoel je kvk?`}, nil},
	{"a key at the bottom", func(f *mine) { f.append(kvkTOML, "\nvalid_to = \"2027-06-30\"\n") },
		[]string{`valid_to: dit staat onder [evidence], maar hoort daar niet. De goede plek is bovenaan`}, nil},
	{"the heading of a table removed", func(f *mine) { f.replace(mczTOML, `^\[cost\]\n`, ``) },
		[]string{`grant_pct, grant_max_eur, evidence: dit staat onder [eligibility], maar hoort daar niet. De goede plek is onder [cost]`}, nil},
	{"a key twice", func(f *mine) { f.replace(kvkTOML, `^(status = .*)$`, "$1\n$1") },
		[]string{`status staat hier voor de tweede keer`}, nil},
	{"a number in quotes", func(f *mine) { f.replace(kvkTOML, `^priority = (\d+)`, `priority = "$1"`) },
		[]string{`kvk.toml:9: priority: Hier staat iets anders dan wat hoort: een getal zonder aanhalingstekens`}, nil},
	{"a text without quotes", func(f *mine) { f.replace(kvkTOML, `^name = .*$`, `name = Kamer van Koophandel`) },
		[]string{`kvk.toml:2: Achter het =-teken ontbreekt iets, of staan geen aanhalingstekens`}, nil},
	{"a copied file", func(f *mine) { f.copy(kvkTOML, "referral/catalogue/kvk - kopie.toml") },
		[]string{`referral/catalogue/kvk - kopie.toml:1: kvk: Het id is kvk, maar het bestand heet kvk - kopie.toml`}, nil},
	{"a copied file with another id only", func(f *mine) {
		f.copy(kvkTOML, "referral/catalogue/aanloop.toml")
		f.replace("referral/catalogue/aanloop.toml", `^id = .*$`, `id = "aanloop"`)
	}, []string{`aanloop.toml:1: aanloop: De naam KVK hoort al bij kvk`, `aanloop.toml`, `aanloop.toml`, `aanloop.toml`}, nil},
	{"an id in capitals", func(f *mine) {
		f.copy(kvkTOML, "referral/catalogue/Proef.toml")
		f.replace("referral/catalogue/Proef.toml", `^id = .*$`, `id = "Proef"`)
	}, []string{`Proef.toml:1: Proef: Het id mag alleen kleine letters`, `Proef.toml`, `Proef.toml`, `Proef.toml`, `Proef.toml`}, nil},
	{"an address without https", func(f *mine) { f.replace(romTOML, `^value = .*$`, `value = "www.romutrechtregion.nl/contact"`) },
		[]string{`www.romutrechtregion.nl/contact is geen volledig webadres. Begin met https://`}, nil},
	{"an address whose source is another page", func(f *mine) {
		f.replace(romTOML, `^value = "http.*$`, `value = "https://www.romutrechtregion.nl/nieuw"`)
	},
		nil, []string{`rom-utrecht: Het adres is nu https://www.romutrechtregion.nl/nieuw, maar bron`}},
	{"another name", func(f *mine) { f.replace(romTOML, `^name = .*$`, `name = "Groeimaatschappij Midden"`) },
		nil, []string{`rom-utrecht: De naam was ROM Utrecht Region`}},
	{"the same address as another", func(f *mine) { f.replace(romTOML, `^value = "http.*$`, `value = "https://www.kvk.nl/hulp-en-contact"`) },
		nil, []string{`rom-utrecht: Dit heeft hetzelfde adres als KVK`}},

	// Dates and rounds
	{"a date the Dutch way", func(f *mine) { f.replace(mczTOML, `^(status = .*)$`, "$1\nvalid_to = \"01-12-2026\"") },
		[]string{`mcz: 01-12-2026 is geen datum. Bedoel je 2026-12-01?`}, nil},
	{"a date the Dutch way without quotes", func(f *mine) { f.replace(mczTOML, `^(status = .*)$`, "$1\nvalid_to = 01-12-2026") },
		[]string{`mcz.toml:7: Deze datum klopt niet: valid_to = 01-12-2026`}, nil},
	{"a date without quotes", func(f *mine) { f.replace(mczTOML, `^(status = .*)$`, "$1\nvalid_to = 2027-12-31") }, nil, nil},
	{"a day that does not exist", func(f *mine) { f.replace(mczTOML, `^(status = .*)$`, "$1\nvalid_to = \"2027-02-30\"") },
		[]string{`mcz: 2027-02-30 is geen datum`}, nil},
	{"a last day that has passed", func(f *mine) { f.replace(romTOML, `^(status = .*)$`, "$1\nvalid_to = \"2026-11-21\"") },
		nil, []string{`rom-utrecht: De laatste dag was 2026-11-21`}},
	{"a round", func(f *mine) {
		f.append("referral/catalogue/slim.toml", "\n[[rounds]]\nfrom = \"2027-03-01\"\nto = \"2027-03-31\"\nevidence = \"slim1\"\n")
	}, nil, nil},
	{"a round the wrong way round", func(f *mine) {
		f.append(mczTOML, "\n[[rounds]]\nfrom = \"2026-12-31\"\nto = \"2026-12-01\"\nevidence = \"mcz1\"\n")
	}, []string{`mcz: De laatste dag (2026-12-01) ligt vóór de eerste (2026-12-31)`}, nil},

	// Texts
	{"one text in Dutch only", func(f *mine) { f.replace(chatNL, `^("chat.menu" = ")`, `${1}Het `) },
		nil, []string{`locales/chat.en.toml:32: chat.menu: en: De Nederlandse tekst is gewijzigd, deze vertaling niet`}},
	{"a placeholder lost in Dutch", func(f *mine) { f.replace(chatNL, ` ?\{\{\.Place\}\}`, ``) },
		[]string{`locales/chat.nl.toml:24: chat.guess: nl: De invulplekken zijn niet dezelfde als in de andere taal. Hier staat: -. Daar staat: {{.Place}}`}, nil},
	{"a placeholder in Dutch that does not exist", func(f *mine) {
		f.replace(chatNL, `\{\{\.Place\}\}`, `{{.Plaats}}`)
	}, []string{`chat.nl.toml:24: chat.guess: nl: De invulplek {{.Plaats}} bestaat hier niet`, `chat.nl.toml:24: chat.guess: nl: De invulplekken zijn niet dezelfde`}, nil},
	{"a placeholder that is not closed", func(f *mine) { f.replace(chatNL, `\{\{\.Place\}\}`, `{{.Place}`) },
		[]string{`chat.nl.toml:24: chat.guess: Een invulplek in deze tekst klopt niet`}, nil},
	{"a text in a second file", func(f *mine) { f.write(own, "\"chat.menu\" = \"Kies\"\n") },
		[]string{`eigen.nl.toml:1: chat.menu: Dit staat ook in chat.nl.toml`}, nil},
	{"a typing error in the id of a text", func(f *mine) { f.translate("chat.menuu", "Kies", "Choose") },
		nil, []string{`eigen.nl.toml:1: chat.menuu: nl: Deze tekst wordt nergens gebruikt`}},
	{"too many words and formal", func(f *mine) {
		f.replace(chatNL, `^"chat.menu" = .*$`, `"chat.menu" = "Wilt u stakeholders?"`)
	}, []string{`chat.menu: nl: Hier staat 'u'. We schrijven je en jij`, `chat.menu: nl: Hier staat een vakterm: stakeholders. Zeg het in gewone woorden`}, nil},
	{"words that only officials use", func(f *mine) {
		f.replace(chatNL, `^"chat.menu" = .*$`, `"chat.menu" = "Kies je weerbaarheid"`)
	}, []string{`chat.menu: nl: Hier staat een vakterm: weerbaarheid`}, nil},
	{"curly quotes and a no-break space inside a text", func(f *mine) { f.replace(chatNL, `^("chat.menu" = ")`, "${1}“Kies”\u00a0") },
		nil, []string{`chat.menu: nl: In deze tekst staat een onzichtbaar teken`}},
	{"a language that is begun", func(f *mine) {
		f.write("locales/eigen.pl.toml", "\"language.name\" = \"polski\"\n\"language.unfinished\" = \"tak\"\n\"chat.menu\" = \"Menu główne\"\n")
	}, nil, []string{`locales: pl: Deze taal is nog niet af: `}},

	// Questions and points
	{"other points", func(f *mine) { f.replace(asked, `\{value = "b", points = 33`, `{value = "b", points = 40`) },
		[]string{`questions.toml:24: scoring: De punten zijn anders, maar scoring is nog 2. Maak scoring één hoger`}, nil},
	{"other points and a new number", func(f *mine) {
		f.replace(asked, `\{value = "b", points = 33`, `{value = "b", points = 40`)
		f.replace(asked, `^scoring = 2`, `scoring = 3`)
	}, nil, nil},
	{"an option in the middle", func(f *mine) {
		f.replace(asked, `\{value = "papier"\},`, `{value = "kassa"}, {value = "papier"},`)
		f.translate("option.help_wanted.kassa", "Een kassa", "A till")
	}, []string{`question_set: De vragen of antwoorden zijn anders dan die van question_set 2`}, nil},
	{"a question", func(f *mine) {
		f.replace(asked, `^\[\[question\]\]\nid = "online_presence"`, webshop+"[[question]]\nid = \"online_presence\"")
		f.replace(asked, `^question_set = .*$`, `question_set = 128`)
		for _, words := range [][3]string{{"question.webshop.text", "Verkoop je iets via internet?", "Do you sell online?"}, {"topic.webshop", "Verkoop via internet", "Selling online"},
			{"option.webshop.ja", "Ja, ik verkoop online", "Yes, I do"}, {"option.webshop.nee", "Nee, niet online", "No, not online"}} {
			f.translate(words[0], words[1], words[2])
		}
	}, nil, nil},
	{"a question in the wrong part", func(f *mine) {
		f.replace(asked, `^\[\[question\]\]\nid = "login_code"`, webshop+"[[question]]\nid = \"login_code\"")
	}, []string{`webshop: Deze vraag is van deel 1, maar staat na een vraag van deel 2`}, nil},
	{"a sector without figures", func(f *mine) {
		f.replace(asked, `\{value = "bouw"\},`, `{value = "bouw"}, {value = "industrie"},`)
		f.replace(asked, `^question_set = .*$`, `question_set = 128`)
		f.translate("option.sector.industrie", "Industrie", "Industry")
	}, nil, []string{`sector: De branche industrie staat niet in referral/region.toml`}},

	// Region, initiatives and rules
	{"a merger as a second block", func(f *mine) {
		f.append(region, "\n[[municipality]]\ncode = \"GM0331\"\nname = \"Lopik\"\nregion = \"U\"\nvalid_to = \"2027-12-31\"\nsuccessor = \"GM0353\"\n")
	}, []string{`GM0331: Deze gemeente staat er twee keer voor dezelfde dagen. Zoek het blok dat er al staat`}, nil},
	{"a merger", func(f *mine) {
		f.replace(region, `^(name = "Lopik"\nregion = "U")`, "$1\nvalid_to = \"2027-12-31\"\nsuccessor = \"GM0353\"")
	}, nil, nil},
	{"another region", func(f *mine) { f.replace(region, `^region = "U"$`, `region = "FL"`) },
		[]string{`De regio FL kan niet: dit programma kent alleen de provincie Utrecht en Gooi en Vechtstreek`}, nil},
	{"an initiative that ended, still proposed", func(f *mine) { f.end("mkb-cyber-campus-utrecht") },
		[]string{`R11: De regel noemt mkb-cyber-campus-utrecht, maar dat is gestopt. Haal mkb-cyber-campus-utrecht weg uit propose. Blijft er niets over? Haal dan de hele regel weg`}, nil},
	{"an empty rule", func(f *mine) {
		f.end("cyberchef-amersfoort")
		f.replace(rules, `^propose = \[\{ initiative = "cyberchef-amersfoort".*$`, `propose = []`)
	}, []string{`R10: Deze regel doet niets meer. Haal de hele regel weg`}, nil},
}

// end ends an initiative as described in the manual.
func (f *mine) end(id string) {
	name := "referral/catalogue/" + id + ".toml"
	f.replace(name, `^kind = .*$`, `kind = "retired"`)
	f.replace(name, `^status = .*$`, "status = \"ended\"\ninstead = [\"kvk\"]")
}

var everyEdit = flag.Bool("everyedit", false, "perform every edit, not one in twelve of those that are allowed")

// TestEdits does what editors do to an exported folder, and looks at what they read.
func TestEdits(t *testing.T) {
	t.Parallel()
	embedded, err := content.Load("")
	require.NoError(t, err)
	words, err := locales.BuiltIn()
	require.NoError(t, err)
	base := filepath.Join(memdir.New(t), "mijn")
	_, err = content.Export(base)
	require.NoError(t, err)
	gate := audit.NewGate(content.EmbeddedStructure())
	for i, e := range edits {
		t.Run(e.name, func(t *testing.T) {
			if !*everyEdit && i%12 != 0 && e.faults == nil {
				t.Skip("content that can be loaded is checked, which takes a second: -everyedit")
			}
			f := &mine{t, memdir.New(t)}
			require.NoError(t, os.CopyFS(f.dir, os.DirFS(base)))
			e.change(f)
			faults, notices := checkFolder(t, gate, embedded, words, f.dir)
			require.Len(t, faults, len(e.faults), "%s", strings.Join(faults, "\n"))
			for i, want := range e.faults {
				assert.Contains(t, faults[i], want)
			}
			for _, want := range e.notes {
				assert.Contains(t, strings.Join(notices, "\n"), want)
			}
			for _, line := range append(faults, notices...) {
				assert.NotRegexp(t, `^: |\[check\.|%!|\n|unknown|expected|must be`, line, "one line in Dutch")
			}
		})
	}
}

// checkFolder checks a folder as check does, without a walk over all outcomes: the tests of the
// gate are about those.
func checkFolder(t *testing.T, gate *audit.Gate, embedded *content.Edition, words *locales.Texts, dir string) (faults, notices []string) {
	t.Helper()
	lines := func(list []audit.Fault) (all []string) {
		for _, f := range list {
			all = append(all, f.String())
		}
		return all
	}
	e, err := content.Load(dir)
	if err != nil {
		return lines(audit.Refused(err, content.FolderSources(dir), words, "nl")), nil
	}
	before, after := gated(embedded), gated(e)
	after.Structure = before.Structure
	r := gate.Check(t.Context(), &before, after, audit.Options{From: referral.Date("2026-11-22"), Lang: "nl", Workers: 1})
	audit.Locate(r.Faults, e)
	audit.Locate(r.Notices, e)
	return lines(r.Faults), lines(r.Notices)
}

func gated(e *content.Edition) audit.Content {
	return audit.Content{Questions: e.Questions, Catalogue: e.Catalogue, Texts: e.Texts, Engine: e.Engine, Structure: e.Structure()}
}
