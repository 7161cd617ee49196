// Package content loads everything an editor may change: questions, catalogue, rules,
// region, texts and partners. An Edition is one complete and consistent set of it; a
// Source keeps the current edition and replaces it when the files change.
//
// The files are built into the program. A content folder overrides them by path, texts
// message by message. A set with any fault is refused as a whole.
package content

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// Edition is one complete set of content, loaded and checked. It is immutable: changed
// files make another edition.
type Edition struct {
	ID        string // 12 hex digits, the beginning of Hash
	Questions *flows.Questionnaire
	Catalogue *referral.Catalogue
	Texts     *locales.Texts
	Engine    *flows.Engine
	Partners  []ListedPartner // paused ones too

	layers    layers
	hash      string
	structure string
	file      []flows.Partner // the partners as written in the files
}

// Load loads the embedded content, overridden by the files in folder; an empty name means no folder.
// The error joins every fault found, each with its file. It takes at most 20 s.
func Load(folder string) (*Edition, error) {
	select {
	case l := <-startLoading(folder, ""):
		return l.edition, l.err
	case <-time.After(loadTimeout):
		return nil, errSlow
	}
}

// loaded is the result of loading a folder once.
type loaded struct {
	edition *Edition // nil with an error, and if the files did not change
	files   string   // hash of the files of the folder and their faults
	err     error
	unread  error // why nothing is known about the files; nil: they were read
}

// startLoading loads a folder in a separate goroutine, unless its files have the hash seen: a file
// system that does not answer must not block the caller.
func startLoading(folder, seen string) <-chan loaded {
	result := make(chan loaded, 1)
	go func() { result <- loadFolder(folder, seen) }()
	return result
}

// loadFolder loads a folder. An editor's files must not crash a running program, so a panic becomes an
// error.
func loadFolder(folder, seen string) (l loaded) {
	defer func() {
		if p := recover(); p != nil {
			l.edition, l.err = nil, fmt.Errorf("content folder: loading failed: %v", p)
		}
	}()
	var own fileSet
	if folder != "" {
		own, l.err = readFolder(folder)
	}
	if l.files = own.hash(l.err); l.err == nil && l.files != seen {
		l.edition, l.err = loadOver(own)
	}
	return l
}

// builtIn is the embedded content, which is loaded once: it is the same in every edition that
// overrides nothing, and an edition is immutable.
var builtIn = sync.OnceValues(func() (*Edition, error) { return load(embeddedLayers()) })

// loadOver loads the embedded content with files that override it.
func loadOver(own fileSet) (*Edition, error) {
	if len(own) == 0 {
		return builtIn()
	}
	return load(embeddedLayers().with(own))
}

// load loads the files of an edition.
func load(files layers) (*Edition, error) {
	e := &Edition{layers: files}
	var err error
	var faults []error
	note := func(err error) { faults = append(faults, err) }
	e.Questions, err = files["flows"].questions()
	note(err)
	e.Catalogue, err = files["referral"].catalogue()
	note(err)
	e.Texts, err = files[localesFolder].texts()
	note(err)
	e.file, err = LoadPartners(files[partnersFolder].merged())
	note(err)
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if err := e.checkPlaces(); err != nil {
		return nil, err
	}
	sums, err := files.checksums()
	if err != nil {
		return nil, err
	}
	e.hash = sumOf(sums)
	e.ID = e.hash[:shortHash]
	e.structure = structureOf(sums)
	return e.WithRegistered(Registered{}), nil
}

// newEngine builds the engine of an edition.
func (e *Edition) newEngine() *flows.Engine {
	active := map[string]flows.Partner{}
	for _, p := range e.activePartners() {
		active[p.Code] = p
	}
	return flows.NewEngine(flows.Content{
		Questions: e.Questions,
		Catalogue: e.Catalogue,
		Languages: e.Texts.Languages(),
		Partners:  active,
		ID:        e.ID,
		Words:     e.text,
	})
}

// text returns a text, or "" if the language has none.
func (e *Edition) text(lang, id string) string {
	if !e.Texts.Has(lang, id) {
		return ""
	}
	return e.Texts.Text(lang, id)
}

// Reason renders the reason for a step in words.
func (e *Edition) Reason(lang string, s referral.Step) (string, error) {
	text, err := e.Texts.Render(lang, e.Engine.Reason(s))
	if err != nil {
		return "", fmt.Errorf("reason of rule %s for %s: %w", s.Rule, s.Initiative.ID, err)
	}
	return text, nil
}

// Link reads a start code, such as "kvk-utrecht_GM0355_en". unknown is the first part of it that is
// not in this edition.
func (e *Edition) Link(code string) (link flows.Link, unknown string) {
	if code == "" {
		return link, ""
	}
	partners := make(map[string]flows.Partner, len(e.Partners))
	for _, p := range e.Partners {
		partners[p.Code] = p.Partner
	}
	return flows.Known{Partners: partners, Region: e.Catalogue.Region(), Languages: e.Texts.Languages()}.Read(code)
}

// HasMunicipality reports whether a GM code is or was one of the region. Codes of
// dissolved municipalities stay in old links and lead to their successor.
func (e *Edition) HasMunicipality(code string) bool {
	_, ok := e.Catalogue.Region().Municipality(code, referral.MaxDate)
	return ok
}

// ReadFile returns a content file in force, by its path in the content folder.
func (e *Edition) ReadFile(name string) ([]byte, error) { return e.layers.readFile(name) }

// checksums returns the checksums of every file in force, by path. Figures carry a hash of them, which
// identifies the content that they were made with. An unchanged copy in the content folder does not
// change it. A locale file of the folder adds to the embedded one of that name instead of replacing
// it.
func (all layers) checksums() (map[string]string, error) {
	inForce := map[string]string{}
	for dir, l := range all {
		base, err := checksums(l.base(), dir)
		if err != nil {
			return nil, err
		}
		maps.Copy(inForce, base)
		if l.folder == nil {
			continue
		}
		own, err := checksums(l.folder, dir)
		if err != nil {
			return nil, err
		}
		for name, sum := range own {
			switch {
			case base[name] == sum:
			case dir == localesFolder:
				inForce["overlay/"+name] = sum
			default:
				inForce[name] = sum
			}
		}
	}
	return inForce, nil
}

// EmbeddedStructure returns Structure of the embedded content; empty if that cannot be read.
func EmbeddedStructure() string {
	sums, err := embeddedLayers().checksums()
	if err != nil {
		return ""
	}
	return structureOf(sums)
}

// structureOf combines the checksums of the files that determine what is asked and advised.
func structureOf(sums map[string]string) string {
	sums = maps.Clone(sums)
	maps.DeleteFunc(sums, func(name, _ string) bool { return !isStructure(name) })
	return sumOf(sums)
}

// isStructure reports whether a checksum of layers.checksums is of a file that determines what is asked
// and advised.
func isStructure(name string) bool {
	return strings.HasPrefix(name, "flows/") || strings.HasPrefix(name, "referral/")
}

// checksums returns the SHA-256 of every content file in fsys, which is folder dir of the content, by
// its path in the content.
func checksums(fsys fs.FS, dir string) (map[string]string, error) {
	sums := map[string]string{}
	err := walkFiles(fsys, func(name string) error {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if name = path.Join(dir, name); isContent(name) {
			sums[name] = checksum(data)
		}
		return nil
	})
	return sums, err
}

// hash returns a hash of the files and the faults of others. It is used to detect changes.
func (s fileSet) hash(faults error) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s)) {
		fmt.Fprintf(h, "%q %d\n", name, len(s[name]))
		h.Write(s[name])
	}
	fmt.Fprint(h, faults)
	return hex.EncodeToString(h.Sum(nil))
}

func checksum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// shortHash is the number of hex digits of a hash that people read.
const shortHash = 12

// sumOf combines checksums by path into one.
func sumOf(sums map[string]string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(h, "%s %s\n", name, sums[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}
