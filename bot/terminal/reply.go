package terminal

import (
	"slices"
	"strconv"
	"strings"

	"digiwijzer/flows"
)

// blockStyle is how a block is written.
type blockStyle struct {
	ansi   ansi
	prefix string
	spaced bool // a blank line comes first
}

var blockStyles = map[flows.Style]blockStyle{
	flows.Plain:    {plain, "", true},
	flows.Notice:   {yellow, "", true},
	flows.Part:     {dim, "", true},
	flows.Done:     {green, "✓ ", false},
	flows.Question: {bold, "", true},
	flows.Hint:     {dim, "", false},
	flows.Title:    {bold, "", true},
	flows.Why:      {plain, "", false},
	flows.Next:     {plain, "", false},
	flows.Ask:      {plain, "", false},
	flows.Call:     {bold, "", false},
	flows.Trust:    {dim, "", false},
	flows.Caveat:   {yellow, "", false},
	flows.Note:     {plain, "· ", false},

	flows.Levels:       {dim, "", false},
	flows.Own:          {plain, "", true},
	flows.Wish:         {bold, "", true},
	flows.Obstacle:     {plain, "", false},
	flows.Actions:      {bold, "", true},
	flows.ActionTerms:  {dim, "", false},
	flows.ActionHow:    {plain, "", false},
	flows.ActionSource: {dim, "", false},

	flows.Benchmark:       {plain, "· ", false},
	flows.BenchmarkSource: {dim, "  ", false},
}

// stepParts are the styles of the blocks that belong to the step or action before them.
var stepParts = []flows.Style{flows.Why, flows.Next, flows.Ask, flows.Call, flows.Trust, flows.ActionTerms, flows.ActionHow, flows.ActionSource}

// showReply writes one reply, without its options: see showChoices.
func (c *conversation) showReply(reply flows.Reply) {
	inStep := false // the blocks of a step are indented
	links := linksOf(reply)
	for _, block := range reply.Blocks {
		if block.Style == flows.Question { // information comes before the question
			c.showLinks(links)
			links = nil
		}
		ofStep := slices.Contains(stepParts, block.Style)
		begins := block.Style == flows.StepName || block.Style == flows.ActionName
		if inStep && !ofStep && !blockStyles[block.Style].spaced && !begins {
			c.out.line("")
		}
		inStep = begins || inStep && ofStep
		c.showBlock(reply.Slot, block, inStep)
	}
	c.showLinks(links)
	if reply.Picture != nil {
		c.out.line("")
		for _, line := range c.quadrant(*reply.Picture) {
			c.out.line(line)
		}
	}
}

// unseen removes from an advice the blocks of the previous advice: other channels edit the message, but a
// terminal would print all of it again. With the picture it is complete.
func (c *conversation) unseen(replies []flows.Reply) []flows.Reply {
	complete := slices.ContainsFunc(replies, func(r flows.Reply) bool { return r.Picture != nil })
	var fresh []flows.Reply
	for _, r := range replies {
		if r.Slot != flows.Advice {
			fresh = append(fresh, r)
			continue
		}
		shown := map[string]bool{}
		r.Blocks = slices.DeleteFunc(slices.Clone(r.Blocks), func(b flows.Block) bool {
			text := string(b.Style) + c.phrase(b.Text)
			shown[text] = true
			return !complete && c.advised[text]
		})
		c.advised = shown
		fresh = append(fresh, r)
	}
	return fresh
}

func (c *conversation) showBlock(slot flows.Slot, b flows.Block, inStep bool) {
	text := c.phrase(b.Text)
	if slot == flows.Living && c.seen(b.Style, text) {
		return
	}
	switch style := blockStyles[b.Style]; b.Style {
	case flows.Option: // listed with their letters
	case flows.StepName, flows.ActionName:
		c.out.line("")
		c.out.block(bold, mark(b), text)
		if b.URL != "" {
			c.out.block(blue, stepIndent, b.URL)
		}
	default:
		if style.spaced || b.Style == flows.Caveat && !inStep {
			c.out.line("")
		}
		prefix := style.prefix
		if inStep {
			prefix = stepIndent
		}
		c.out.block(style.ansi, prefix, text)
		if b.URL != "" && b.Style != flows.Call { // the text has the number
			c.out.block(blue, prefix, b.URL)
		}
	}
}

// stepIndent aligns the blocks of a step with its name, behind the number.
const stepIndent = "   "

// mark returns what is in front of the name of a step or action. Actions have no numbers:
// the steps below them have.
func mark(b flows.Block) string {
	if b.Style == flows.ActionName {
		return "☐  "
	}
	return number(b.Number)
}

func number(n int) string {
	if n == 0 {
		return "·  "
	}
	return strconv.Itoa(n) + ". "
}

// seen reports whether a part's heading, or an answer below it, was written before, and records it. Other
// channels edit one message, but a terminal would repeat it with every question.
func (c *conversation) seen(style flows.Style, text string) bool {
	switch style {
	case flows.Part:
		if c.part == text {
			return true
		}
		c.part, c.answers = text, map[string]bool{}
	case flows.Done:
		if c.answers[text] {
			return true
		}
		if c.answers == nil {
			c.answers = map[string]bool{}
		}
		c.answers[text] = true
	}
	return false
}

// showChoices writes what can be chosen.
func (c *conversation) showChoices() {
	c.out.line("")
	if c.fitsColumns() {
		c.showColumns()
	} else {
		for _, ch := range c.choices.lettered {
			style := plain
			if ch.button.Role == flows.RoleDontKnow {
				style = dim
			}
			c.out.block(style, ch.prefix(), ch.text)
		}
	}
	c.out.line("")
	if len(c.choices.named) > 0 {
		var names []string
		for _, ch := range c.choices.named {
			names = append(names, ch.text)
		}
		leave, _, _ := strings.Cut(c.text("cli.chat.leave"), "|")
		names = append(names, c.text("terminal.help"), leave)
		c.out.block(dim, "", c.text("cli.chat.or_type", "Words", strings.Join(names, " · ")))
	}
}

// prefix is the mark of the answer given before, and the letter.
func (ch choice) prefix() string {
	mark := "  "
	if ch.button.Chosen {
		mark = "• "
	}
	return mark + ch.letter + ") "
}

// linksOf returns the link buttons of a reply whose address is in none of its blocks.
func linksOf(reply flows.Reply) (links []flows.Button) {
	for _, row := range reply.Keys {
		for _, b := range row {
			shown := func(block flows.Block) bool { return block.URL == b.URL }
			if b.URL != "" && !slices.ContainsFunc(reply.Blocks, shown) {
				links = append(links, b)
			}
		}
	}
	return links
}

func (c *conversation) showLinks(links []flows.Button) {
	for i, link := range links {
		if i == 0 {
			c.out.line("")
		}
		c.out.block(blue, "→ ", c.label(link)+": "+link.URL)
	}
}

// columnWidth fits the longest name of a municipality with its letter.
const columnWidth = 27

// fitsColumns reports whether the choices are many and short enough for two columns.
func (c *conversation) fitsColumns() bool {
	return len(c.choices.lettered) > 10 && c.out.width >= 2*columnWidth &&
		!slices.ContainsFunc(c.choices.lettered, func(ch choice) bool { return len([]rune(ch.text)) > columnWidth-6 })
}

func (c *conversation) showColumns() {
	all := c.choices.lettered
	rows := (len(all) + 1) / 2
	for i := range rows {
		line := all[i].prefix() + all[i].text
		if i+rows < len(all) {
			other := all[i+rows]
			line += strings.Repeat(" ", max(columnWidth-len([]rune(line)), 1)) + other.prefix() + other.text
		}
		c.out.line(line)
	}
}
