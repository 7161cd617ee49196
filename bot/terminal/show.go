package terminal

import (
	"slices"
	"strconv"
	"strings"

	"digiwijzer/flows"
)

// looks says how a block is dressed: its ink, what stands before it, and whether a
// blank line comes first.
var looks = map[flows.Style]struct {
	ink    ink
	before string
	apart  bool
}{
	flows.Plain:    {normalInk, "", true},
	flows.Notice:   {yellow, "", true},
	flows.Part:     {dim, "", true},
	flows.Done:     {green, "✓ ", false},
	flows.Question: {bold, "", true},
	flows.Hint:     {dim, "", false},
	flows.Title:    {bold, "", true},
	flows.Why:      {normalInk, "", false},
	flows.Next:     {normalInk, "", false},
	flows.Caveat:   {yellow, "", false},
	flows.Note:     {normalInk, "· ", false},
}

// show writes one reply. The options come after it, see choices.
func (c *conversation) show(reply flows.Reply) {
	under := false // a step: what belongs to it is indented
	links := c.linksOf(reply)
	for _, block := range reply.Blocks {
		if block.Style == flows.Question { // what to read comes before what to answer
			links = c.links(links)
		}
		belongs := block.Style == flows.Why || block.Style == flows.Next || block.Style == flows.Caveat
		if under && !belongs && !looks[block.Style].apart && block.Style != flows.StepName {
			c.paper.line("")
		}
		under = block.Style == flows.StepName || under && belongs
		c.block(reply.Slot, block, under)
	}
	c.links(links)
	if reply.Picture != nil {
		c.paper.line("")
		for _, line := range c.quadrant(*reply.Picture) {
			c.paper.line(line)
		}
	}
}

// news leaves out of an advice what the one before it said already: a chat edits the
// message, here all of it would come again. With the picture it is shown whole.
func (c *conversation) news(replies []flows.Reply) []flows.Reply {
	whole := slices.ContainsFunc(replies, func(r flows.Reply) bool { return r.Picture != nil })
	var fresh []flows.Reply
	for _, r := range replies {
		if r.Slot != flows.Advice {
			fresh = append(fresh, r)
			continue
		}
		said := map[string]bool{}
		r.Blocks = slices.DeleteFunc(slices.Clone(r.Blocks), func(b flows.Block) bool {
			text := string(b.Style) + c.say(b.Text)
			said[text] = true
			return !whole && c.advised[text]
		})
		c.advised = said
		fresh = append(fresh, r)
	}
	return fresh
}

func (c *conversation) block(slot flows.Slot, b flows.Block, under bool) {
	text := c.say(b.Text)
	if slot == flows.Living && c.knows(b.Style, text) {
		return
	}
	switch look := looks[b.Style]; b.Style {
	case flows.Option: // listed with their letters
	case flows.StepName:
		c.paper.line("")
		c.paper.block(bold, number(b.Number), text)
		if b.URL != "" {
			c.paper.block(blue, stepIndent, b.URL)
		}
	default:
		if look.apart || b.Style == flows.Caveat && !under {
			c.paper.line("")
		}
		before := look.before
		if under {
			before = stepIndent
		}
		c.paper.block(look.ink, before, text)
	}
}

// stepIndent puts what belongs to a step under its name, behind the number.
const stepIndent = "   "

func number(n int) string {
	if n == 0 {
		return "·  "
	}
	return strconv.Itoa(n) + ". "
}

// knows tells whether a part's heading or an answer stands on the paper already. A chat
// edits one message; here it would come again with every question.
func (c *conversation) knows(style flows.Style, text string) bool {
	switch style {
	case flows.Part:
		if c.part == text {
			return true
		}
		c.part, c.shown = text, map[string]bool{}
	case flows.Done:
		if c.shown[text] {
			return true
		}
		if c.shown == nil {
			c.shown = map[string]bool{}
		}
		c.shown[text] = true
	}
	return false
}

// choices writes what can be chosen.
func (c *conversation) choices() {
	c.paper.line("")
	if c.columns() {
		c.inColumns()
	} else {
		for _, choice := range c.screen.lettered {
			c.paper.block(c.inkOf(choice), c.lead(choice), choice.text)
		}
	}
	c.paper.line("")
	if len(c.screen.named) > 0 {
		var names []string
		for _, choice := range c.screen.named {
			names = append(names, choice.text)
		}
		c.paper.block(dim, "", c.Texts.Text(c.session.Lang, "cli.chat.or_type", "Words", strings.Join(names, " · ")))
	}
}

func (c *conversation) inkOf(ch choice) ink {
	if ch.button.Role == flows.RoleDontKnow {
		return dim
	}
	return normalInk
}

// lead is what stands before a choice; the answer given before is marked.
func (c *conversation) lead(ch choice) string {
	mark := "  "
	if ch.button.Chosen {
		mark = "• "
	}
	return mark + ch.letter + ") "
}

// linksOf are the link buttons of a reply whose address its text does not show.
func (c *conversation) linksOf(reply flows.Reply) (links []flows.Button) {
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

// links writes addresses and returns what is left to write: nothing.
func (c *conversation) links(links []flows.Button) []flows.Button {
	for i, link := range links {
		if i == 0 {
			c.paper.line("")
		}
		c.paper.block(blue, "→ ", c.label(link)+": "+link.URL)
	}
	return nil
}

// columnWidth fits the longest name of a municipality with its letter.
const columnWidth = 27

// columns tells whether the choices are many and short enough for columns.
func (c *conversation) columns() bool {
	return len(c.screen.lettered) > 10 && c.paper.width >= 2*columnWidth &&
		!slices.ContainsFunc(c.screen.lettered, func(ch choice) bool { return len([]rune(ch.text)) > columnWidth-6 })
}

func (c *conversation) inColumns() {
	rows := (len(c.screen.lettered) + 1) / 2
	for i := range rows {
		line := c.cell(i)
		if i+rows < len(c.screen.lettered) {
			line += strings.Repeat(" ", max(columnWidth-len([]rune(line)), 1)) + c.cell(i+rows)
		}
		c.paper.line(line)
	}
}

func (c *conversation) cell(i int) string {
	ch := c.screen.lettered[i]
	return c.lead(ch) + ch.text
}
