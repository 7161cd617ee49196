package audit

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/locales"
)

// Replay plays every transcript (*.txt) in a folder and compares the result with the
// file. A difference is a fault at its first line. played is the number of transcripts.
func Replay(e *flows.Engine, texts *locales.Texts, fsys fs.FS, lang string) (faults []Fault, played int, err error) {
	files, err := fs.Glob(fsys, "*.txt")
	if err != nil {
		return nil, 0, err
	}
	for _, file := range files {
		before, err := fs.ReadFile(fsys, file)
		if err != nil {
			return faults, played, err
		}
		played++
		var after bytes.Buffer
		player := Player{Engine: e, Texts: texts}
		stuck := player.Play(bytes.NewReader(before), &after)
		line, want, got := firstDifference(string(before), after.String())
		if stuck == nil && line == 0 {
			continue
		}
		kind, what := "transcript.differs", texts.Text(lang, "check.transcript.differs", "Want", want, "Got", got)
		if stuck != nil {
			kind, what = "transcript.stuck", texts.Text(lang, "check.transcript.stuck", "Error", stuck.Error())
		}
		faults = append(faults, Fault{File: file, Line: line, Kind: kind, What: what, Do: texts.Text(lang, "check.transcript.do")})
	}
	return faults, played, nil
}

// firstDifference returns the first line, from 1, in which two texts differ; 0 if none.
func firstDifference(a, b string) (line int, inA, inB string) {
	left, right := strings.Split(a, "\n"), strings.Split(b, "\n")
	at := func(lines []string, n int) string {
		if n < len(lines) {
			return strings.TrimSpace(lines[n])
		}
		return ""
	}
	for n := range max(len(left), len(right)) {
		if n >= len(left) || n >= len(right) || left[n] != right[n] {
			return n + 1, at(left, n), at(right, n)
		}
	}
	return 0, "", ""
}

// Recorder runs a conversation and records the inputs as a script for a Player.
type Recorder struct {
	player Player
	script strings.Builder
}

// NewRecorder returns a recorder. start is the payload of /start, if any.
func NewRecorder(e *flows.Engine, texts *locales.Texts, begin flows.Input, start string) *Recorder {
	r := &Recorder{player: Player{Engine: e, Texts: texts}}
	fmt.Fprintf(&r.script, "= date %s\n= lang %s\n= try-out\n> %s\n", begin.Today, begin.Lang, strings.TrimSpace("/start "+start))
	return r
}

// Script returns the script so far.
func (r *Recorder) Script() string { return r.script.String() }

// Step calls Engine.Step and records the input.
func (r *Recorder) Step(s flows.Session, in flows.Input) flows.Turn {
	if len(r.player.screen) > 0 { // NewRecorder wrote the first input
		r.record(in)
	}
	turn := r.player.Engine.Step(s, in)
	r.player.session = turn.Session
	r.player.keep(turn.Replies)
	return turn
}

func (r *Recorder) record(in flows.Input) {
	line := ""
	switch in.Kind {
	case flows.Start:
		line = "/start"
	case flows.Text:
		line = strings.TrimLeft(strings.Join(strings.Fields(in.Text), " "), "[!")
	case flows.Answer, flows.Action:
		if line = r.button(in); in.Text != "" { // a code after its command, which has a button too
			line = flows.CommandFor(in.Action) + " " + strings.Join(strings.Fields(in.Text), " ")
		}
	}
	if line != "" {
		fmt.Fprintf(&r.script, "> %s\n", line)
	}
}

// button returns the script for a button press: its label if it is on the screen, else a
// command.
func (r *Recorder) button(in flows.Input) string {
	for _, reply := range r.player.screen {
		for _, row := range reply.Keys {
			for _, b := range row {
				if b.URL != "" || !same(Press(b), in) {
					continue
				}
				label := r.player.words(b.Label)
				if pressed, err := r.player.press(label); err == nil && same(pressed, in) {
					return "[" + label + "]"
				}
			}
		}
	}
	if in.Kind == flows.Answer {
		return fmt.Sprintf("!%s.%s.%d", in.Question, in.Option, in.Rev)
	}
	if in.Action == flows.DoLanguage && in.Option != "" { // typed with the language; a Player chooses from the list
		return flows.CommandFor(in.Action) + "\n> [" + r.player.Texts.Text(in.Option, "language.name") + "]"
	}
	return flows.CommandFor(in.Action)
}

// same reports whether two inputs are of the same button.
func same(a, b flows.Input) bool {
	return a.Kind == b.Kind && a.Action == b.Action && a.Question == b.Question && a.Option == b.Option && a.Rev == b.Rev
}
