package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/locales"
	"digiwijzer/referral"
)

// A transcript is a conversation in readable form. Lines that begin with ">" are the
// inputs of the person; all others are the output, and are replaced when the transcript
// is played:
//
//	# who this is                     a comment, kept
//	= date 2026-11-21                 a setting: date, lang, start, try-out
//	> /start                          a command, with its payload
//	> [Winkel of webshop]             a button on the screen, by its label
//	> zijst                           typed words
//	> !size.2.4                       a button that is not on the screen: question.option.rev
//
// Before each input the session is encoded and decoded, so that every transcript shows
// that a conversation survives a restart.

// Player plays transcripts with an engine and texts.
type Player struct {
	Engine *flows.Engine
	Texts  *locales.Texts

	date    referral.Date
	lang    string
	tryOut  bool
	session flows.Session
	screen  []flows.Reply // newest last
}

// Play reads a script or a transcript and writes the transcript of what the engine
// replies now. Errors name the line.
func (p *Player) Play(r io.Reader, w io.Writer) error {
	p.date, p.lang, p.tryOut = "2026-11-21", "", false
	p.session, p.screen = flows.Session{}, nil
	out := bufio.NewWriter(w)
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		if err := p.line(out, lines.Text()); err != nil {
			return errors.Join(fmt.Errorf("line %d: %w", n, err), out.Flush())
		}
	}
	return errors.Join(lines.Err(), out.Flush())
}

func (p *Player) line(out io.Writer, line string) error {
	switch {
	case strings.HasPrefix(line, "# "):
		fmt.Fprintln(out, line)
	case strings.HasPrefix(line, "= "):
		fmt.Fprintln(out, line)
		return p.setting(line[2:])
	case strings.HasPrefix(line, "> "):
		fmt.Fprintf(out, "\n%s\n\n", line)
		in, err := p.input(strings.TrimSpace(line[2:]))
		if err != nil {
			return err
		}
		return p.step(out, in)
	}
	return nil
}

func (p *Player) setting(text string) (err error) {
	name, value, _ := strings.Cut(text, " ")
	switch name {
	case "date":
		p.date, err = referral.ParseDate(value)
		return err
	case "lang":
		p.lang = value
	case "try-out":
		p.tryOut = true
	default:
		return fmt.Errorf("no such setting: %s", name)
	}
	return nil
}

// input parses an input of the person.
func (p *Player) input(text string) (flows.Input, error) {
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		return p.press(text[1 : len(text)-1])
	}
	if strings.HasPrefix(text, "!") {
		return forged(text[1:])
	}
	if name, payload, ok := flows.Command(text); ok {
		if name == "start" {
			return flows.Input{Kind: flows.Start, Link: p.Engine.ParseLink(payload)}, nil
		}
		action, known := flows.CommandAction(name)
		if !known {
			return flows.Input{Kind: flows.Text, Text: text}, nil
		}
		in := flows.Input{Kind: flows.Action, Action: action}
		if action == flows.DoCode {
			in.Text = payload
		}
		return in, nil
	}
	return flows.Input{Kind: flows.Text, Text: text}, nil
}

// press returns the input of the newest button with the label.
func (p *Player) press(label string) (flows.Input, error) {
	for _, reply := range slices.Backward(p.screen) {
		for _, row := range reply.Keys {
			for _, b := range row {
				if b.URL == "" && p.words(b.Label) == label {
					return Press(b), nil
				}
			}
		}
	}
	return flows.Input{}, fmt.Errorf("there is no button [%s] on the screen", label)
}

// Press returns the input of pressing a button.
func Press(b flows.Button) flows.Input {
	if b.Action != "" {
		return flows.Input{Kind: flows.Action, Action: b.Action, Question: b.Question, Option: b.Option}
	}
	return flows.Input{Kind: flows.Answer, Question: b.Question, Option: b.Option, Rev: b.Rev}
}

func forged(text string) (flows.Input, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return flows.Input{}, errors.New("a button that is not there is written !question.option.rev")
	}
	rev, err := strconv.Atoi(parts[2])
	return flows.Input{Kind: flows.Answer, Question: parts[0], Option: parts[1], Rev: rev}, err
}

func (p *Player) step(out io.Writer, in flows.Input) error {
	stored, err := json.Marshal(p.session)
	if err != nil {
		return err
	}
	p.session = flows.Session{}
	if err := json.Unmarshal(stored, &p.session); err != nil {
		return err
	}
	in.Today, in.Lang, in.Channel, in.TryOut = p.date, p.lang, "telegram", p.tryOut
	in.Can = flows.Can{Push: true, Quote: true}
	turn := p.Engine.Step(p.session, in)
	p.session = turn.Session
	if turn.Facts.Ended {
		p.session = flows.Session{}
	}
	for i, reply := range turn.Replies {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := p.show(out, reply); err != nil {
			return err
		}
	}
	p.keep(turn.Replies)
	for _, fact := range factLines(turn.Facts) {
		fmt.Fprintf(out, "  = %s\n", fact)
	}
	return nil
}

// keep adds replies to the screen; a reply replaces the one in its slot.
func (p *Player) keep(replies []flows.Reply) {
	for _, reply := range replies {
		p.screen = slices.DeleteFunc(p.screen, func(old flows.Reply) bool { return old.Slot == reply.Slot })
		p.screen = append(p.screen, reply)
	}
}

func (p *Player) show(out io.Writer, reply flows.Reply) error {
	if reply.Picture != nil {
		fmt.Fprintf(out, "  (figuur: %s, invloed %.1f, klaar %.1f)\n", reply.Picture.Quadrant, reply.Picture.Impact, reply.Picture.Readiness)
	}
	for _, block := range reply.Blocks {
		text, err := p.Texts.Render(p.session.Lang, block.Text)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %s%s\n", mark(block), strings.ReplaceAll(text, "\n", "\n  "))
	}
	for _, row := range reply.Keys {
		fmt.Fprint(out, "   ")
		for _, b := range row {
			label, err := p.Texts.Render(p.session.Lang, b.Label)
			if err != nil {
				return err
			}
			if b.URL != "" {
				label += " → " + b.URL
			}
			fmt.Fprintf(out, " [%s]", label)
		}
		fmt.Fprintln(out)
	}
	return nil
}

func (p *Player) words(phrase flows.Phrase) string {
	text, err := p.Texts.Render(p.session.Lang, phrase)
	if err != nil {
		return "(" + phrase.ID + ")"
	}
	return text
}

// mark returns the prefix that shows the style of a block in plain text.
func mark(b flows.Block) string {
	switch b.Style {
	case flows.Notice:
		return "» "
	case flows.Part:
		return "· "
	case flows.Done:
		return "✓ "
	case flows.Question:
		return "? "
	case flows.Title, flows.Actions:
		return "## "
	case flows.Wish:
		return "# "
	case flows.StepName, flows.ActionName:
		if b.Number > 0 {
			return strconv.Itoa(b.Number) + ". "
		}
		return "- "
	case flows.Why, flows.Next, flows.Ask, flows.Call, flows.Trust, flows.ActionTerms, flows.ActionHow, flows.ActionSource, flows.BenchmarkSource:
		return "   "
	case flows.Note, flows.Option, flows.Benchmark:
		return "- "
	}
	return ""
}

func factLines(f flows.Facts) (lines []string) {
	if f.Started {
		lines = append(lines, "started")
	}
	if f.PartnerLearned != "" {
		lines = append(lines, "learnt: "+f.PartnerLearned)
	}
	if f.StoppedAt != "" {
		lines = append(lines, "stopped at "+f.StoppedAt)
	}
	if o := f.Outcome; o != nil {
		lines = append(lines, fmt.Sprintf("outcome: %s, readiness band %d, impact band %d, cyber %s, phase %s, dii %s; border %t, extra %t, indicative %t",
			o.Quadrant, o.ReadinessBand, o.ImpactBand, o.Cyber, o.Phase, o.DIIBasis, o.Border, o.Extra, o.Indicative),
			"referrals: "+strings.Join(o.Referrals, ", "), "mentions: "+strings.Join(o.Mentions, ", "))
	}
	if f.Freeze {
		lines = append(lines, "frozen")
	}
	if f.Erase {
		lines = append(lines, "erased")
	}
	if f.FollowUp != flows.Unsaid {
		lines = append(lines, "follow-up: "+string(f.FollowUp))
	}
	return lines
}
