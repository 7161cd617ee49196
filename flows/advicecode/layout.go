package advicecode

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

const layoutsFile = "layouts.toml"

// LocalFile holds the layouts of question sets that were published by others than the project; their
// numbers start at FirstLocalSet.
const LocalFile = "layouts-local.toml"

// The numbers of question sets: the project's own, and those of content that others
// publish.
const (
	FirstLocalSet = 128
	lastSet       = 255
)

// anyMunicipality stands for the options of the question on the municipality.
const anyMunicipality = "*"

// Layout is the ids of the questions of a published question set, and the values of
// their options, in order: what is needed to read answers given under it. The question
// after the result is not in it.
type Layout struct {
	Number      int        // the question_set, 1–255
	Fingerprint uint32     // 24 bits of the SHA-256 of the questions and options
	Questions   []Question // in the order in which they are asked
}

// Question is one question of a Layout.
type Question struct {
	ID      string
	Options []string // "*" alone: the municipalities; "x" last where "weet ik niet" is offered
}

// Has reports whether a value is an option of the question.
func (q Question) Has(value string) bool {
	if q.place() {
		number, err := placeNumber(value)
		return err == nil && number > 0
	}
	return slices.Contains(q.Options, value)
}

// place reports whether the options are the municipalities.
func (q Question) place() bool { return q.Options[0] == anyMunicipality }

// NewLayout returns the layout of a question set, with its fingerprint.
func NewLayout(number int, questions []Question) Layout {
	l := Layout{Number: number, Questions: questions}
	sum := sha256.Sum256([]byte(strings.Join(l.lines(), "\n")))
	l.Fingerprint = uint32(sum[0])<<16 | uint32(sum[1])<<8 | uint32(sum[2])
	return l
}

// lines returns the questions as written in layouts.toml: "size 1 2 10 50 250".
func (l *Layout) lines() (lines []string) {
	for _, q := range l.Questions {
		lines = append(lines, q.ID+" "+strings.Join(q.Options, " "))
	}
	return lines
}

// String returns the layout as an entry of layouts.toml.
func (l Layout) String() string {
	return fmt.Sprintf("[[layout]]\nnumber = %d\nfingerprint = \"%06x\"\nquestions = [\n  \"%s\",\n]\n",
		l.Number, l.Fingerprint, strings.Join(l.lines(), "\",\n  \""))
}

// Bits returns how many bits of a code the answers take: at most MaxBits, or the layout
// has no codes.
func (l *Layout) Bits() int {
	product := wide{lo: 1}
	for _, q := range l.Questions {
		if q.place() {
			continue
		}
		if product = product.timesPlus(uint64(len(q.Options))+1, 0); product.hi > 1<<(MaxBits-64) {
			return MaxBits + 1
		}
	}
	most := product.minusOne()
	if most.hi > 0 {
		return 64 + bits.Len64(most.hi)
	}
	return bits.Len64(most.lo)
}

// Layouts are the layouts of every question set published, by number.
type Layouts []Layout

// Find returns the layout with the number.
func (ls Layouts) Find(number int) (l Layout, ok bool) {
	i := slices.IndexFunc(ls, func(l Layout) bool { return l.Number == number })
	if i < 0 {
		return Layout{}, false
	}
	return ls[i], true
}

// Load reads layouts.toml and LocalFile in the root of fsys; a file system without them has
// no layouts. The faults are entries that were changed, that cannot be read, or that are not
// in the order of their numbers.
func Load(fsys fs.FS) (layouts Layouts, faults []error) {
	for _, f := range []struct {
		name        string
		first, last int
	}{{layoutsFile, 1, lastSet}, {LocalFile, FirstLocalSet, lastSet}} {
		faults = append(faults, layouts.load(fsys, f.name, f.first, f.last)...)
	}
	return layouts, faults
}

// load adds the layouts of a file, which must have numbers from first to last.
func (ls *Layouts) load(fsys fs.FS, file string, first, last int) (faults []error) {
	var doc struct {
		Layouts []entry `toml:"layout"`
	}
	meta, err := toml.DecodeFS(fsys, file, &doc)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return []error{fmt.Errorf("%s: %w", file, err)}
	}
	for _, key := range meta.Undecoded() {
		faults = append(faults, fmt.Errorf("%s: unknown key %q", file, key))
	}
	before := first - 1
	for _, known := range *ls {
		before = max(before, known.Number)
	}
	for _, entry := range doc.Layouts {
		l, wrong := entry.layout()
		if entry.Number <= before || entry.Number > last {
			wrong = append(wrong, fmt.Errorf("numbers rise from %d to %d", first, last))
		}
		for _, other := range *ls {
			if other.confusable(l) {
				wrong = append(wrong, fmt.Errorf("a mistyped code could pass for one of layout %d; choose another number", other.Number))
			}
		}
		for _, fault := range wrong {
			faults = append(faults, fmt.Errorf("%s: layout %d: %w", file, entry.Number, fault))
		}
		before = max(before, entry.Number)
		*ls = append(*ls, l)
	}
	return faults
}

// Next returns the layout of questions that are published by others than the project, with the first
// free local number; ok is false if there is none, or if the answers do not fit into a code.
func (ls Layouts) Next(questions []Question) (l Layout, ok bool) {
	number := FirstLocalSet
	for _, known := range ls {
		number = max(number, known.Number+1)
	}
	for ; number <= lastSet; number++ {
		l = NewLayout(number, questions)
		if !slices.ContainsFunc(ls, func(known Layout) bool { return known.confusable(l) }) {
			return l, l.Bits() <= MaxBits
		}
	}
	return Layout{}, false
}

// entry is a layout as written in layouts.toml.
type entry struct {
	Number      int      `toml:"number"`
	Fingerprint string   `toml:"fingerprint"`
	Questions   []string `toml:"questions"`
}

func (e entry) layout() (l Layout, faults []error) {
	var questions []Question
	for _, line := range e.Questions {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			faults = append(faults, fmt.Errorf("%q is not a question with options", line))
			continue
		}
		questions = append(questions, Question{ID: fields[0], Options: slices.Clone(fields[1:])})
	}
	l = NewLayout(e.Number, questions)
	if want := fmt.Sprintf("%06x", l.Fingerprint); e.Fingerprint != want {
		faults = append(faults, fmt.Errorf("the questions do not have the fingerprint %q; a published layout must not change", e.Fingerprint))
	}
	places := 0
	for i, q := range l.Questions {
		if q.place() {
			places++
		}
		if repeated(q.Options) || slices.ContainsFunc(l.Questions[:i], func(o Question) bool { return o.ID == q.ID }) {
			faults = append(faults, fmt.Errorf("question %q, or an option of it, occurs twice", q.ID))
		}
	}
	if places > 1 {
		faults = append(faults, errors.New("only one question has the municipalities"))
	}
	if l.Bits() > MaxBits {
		faults = append(faults, fmt.Errorf("the answers do not fit into a code of %d bits", MaxBits))
	}
	return l, faults
}

func repeated(values []string) bool {
	sorted := slices.Sorted(slices.Values(values))
	return len(slices.Compact(sorted)) < len(values)
}

// confusable reports whether one mistyped character, or a swap of neighbours, can turn a code of one
// layout into a valid code of the other. Using a fingerprint as initial value is equivalent to adding it
// to the first 24 bits, and a CRC of 24 bits detects every difference within 24 bits. A mistake that
// changes the layout, the first 8 bits, stays within three characters, the first 15 bits: it must not
// cancel out the difference of the fingerprints.
func (l Layout) confusable(o Layout) bool {
	difference := l.Fingerprint ^ o.Fingerprint
	return difference>>16 == uint32(l.Number^o.Number) && difference&0x1FF == 0
}
