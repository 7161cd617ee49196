package flows

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

const layoutsFile = "layouts.toml"

// The numbers of question sets: the project's own, and those of content that others
// publish.
const (
	FirstLocalSet = 128
	lastSet       = 255
)

// Layout is the ids of the questions of a published question set, and the values of
// their options, in order: what is needed to read answers given under it. The question
// after the result is not in it.
type Layout struct {
	Number      int              // the question_set, 1–255
	Fingerprint uint32           // 24 bits of the SHA-256 of the questions and options
	Questions   []LayoutQuestion // in the order in which they are asked
}

// LayoutQuestion is one question of a Layout.
type LayoutQuestion struct {
	ID      string
	Options []string // "*" alone: the municipalities; "x" last where "weet ik niet" is offered
}

// Layout returns the layout of the questionnaire.
func (q *Questionnaire) Layout() Layout {
	l := Layout{Number: q.Version}
	for _, query := range q.Questions {
		if query.Part == 0 {
			continue
		}
		one := LayoutQuestion{ID: query.ID}
		if query.OptionsFrom != "" {
			one.Options = []string{"*"}
		}
		for _, o := range query.Options {
			one.Options = append(one.Options, o.Value)
		}
		if query.DontKnow {
			one.Options = append(one.Options, "x")
		}
		l.Questions = append(l.Questions, one)
	}
	l.Fingerprint = l.fingerprint()
	return l
}

// Published returns the layout of the question set with the number; ok is false when
// layouts.toml has none.
func (q *Questionnaire) Published(number int) (l Layout, ok bool) {
	for _, l := range q.Layouts {
		if l.Number == number {
			return l, true
		}
	}
	return Layout{}, false
}

// lines returns the questions as they stand in layouts.toml: "size 1 2 10 50 250".
func (l *Layout) lines() (lines []string) {
	for _, q := range l.Questions {
		lines = append(lines, q.ID+" "+strings.Join(q.Options, " "))
	}
	return lines
}

func (l *Layout) fingerprint() uint32 {
	sum := sha256.Sum256([]byte(strings.Join(l.lines(), "\n")))
	return uint32(sum[0])<<16 | uint32(sum[1])<<8 | uint32(sum[2])
}

// String returns the layout as an entry of layouts.toml.
func (l Layout) String() string {
	return fmt.Sprintf("[[layout]]\nnumber = %d\nfingerprint = \"%06x\"\nquestions = [\n  \"%s\",\n]\n",
		l.Number, l.Fingerprint, strings.Join(l.lines(), "\",\n  \""))
}

// loadLayouts reads layouts.toml; a file system without it has no layouts. The faults
// are entries that were changed, or that are not in the order of their numbers.
func loadLayouts(fsys fs.FS) (layouts []Layout, faults []error) {
	var doc struct {
		Layouts []struct {
			Number      int      `toml:"number"`
			Fingerprint string   `toml:"fingerprint"`
			Questions   []string `toml:"questions"`
		} `toml:"layout"`
	}
	meta, err := toml.DecodeFS(fsys, layoutsFile, &doc)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, []error{fmt.Errorf("%s: %w", layoutsFile, err)}
	}
	for _, key := range meta.Undecoded() {
		faults = append(faults, fmt.Errorf("%s: unknown key %q", layoutsFile, key))
	}
	last := 0
	for _, entry := range doc.Layouts {
		l := Layout{Number: entry.Number}
		for _, line := range entry.Questions {
			fields := strings.Fields(line)
			if len(fields) < 2 {
				faults = append(faults, fmt.Errorf("%s: layout %d: %q is not a question with options", layoutsFile, l.Number, line))
				continue
			}
			l.Questions = append(l.Questions, LayoutQuestion{ID: fields[0], Options: slices.Clone(fields[1:])})
		}
		l.Fingerprint = l.fingerprint()
		if l.Number <= last || l.Number > lastSet {
			faults = append(faults, fmt.Errorf("%s: layout %d: numbers rise from 1 to %d", layoutsFile, l.Number, lastSet))
		}
		if want := fmt.Sprintf("%06x", l.Fingerprint); entry.Fingerprint != want {
			faults = append(faults, fmt.Errorf("%s: layout %d: the questions do not have the fingerprint %q; what was published stays as it was", layoutsFile, l.Number, entry.Fingerprint))
		}
		last = l.Number
		layouts = append(layouts, l)
	}
	return layouts, faults
}
