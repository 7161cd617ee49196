package terminal

import (
	"strings"

	"digiwijzer/flows"
)

// The size of one of the four fields of the quadrant, in characters. They meet at the
// cut-offs of 50; readiness increases to the right and impact upwards.
const (
	fieldWidth  = 20
	fieldHeight = 4
)

// quadrant draws the picture with the dot of this business.
func (c *conversation) quadrant(p flows.QuadrantPicture) []string {
	width := min(fieldWidth, (c.out.width-8)/2)
	grid := newGrid(width)
	grid.name(0, 0, c.title("vulnerable"))
	grid.name(0, 1, c.title("leading"))
	grid.name(1, 0, c.title("unhurried"))
	grid.name(1, 1, c.title("in_order"))
	grid.dot(p.Readiness, p.Impact)

	rule := strings.Repeat("─", width)
	lines := []string{"  " + c.out.styled(dim, "↑ "+c.text("cli.chat.impact")), "100 ┌" + rule + "┬" + rule + "┐"}
	for row := range grid.cells {
		if row == fieldHeight {
			lines = append(lines, " 50 ├"+rule+"┼"+rule+"┤")
		}
		left, right := string(grid.cells[row][:width]), string(grid.cells[row][width:])
		lines = append(lines, "    │"+c.highlightDot(left)+"│"+c.highlightDot(right)+"│")
	}
	lines = append(lines, "  0 └"+rule+"┴"+rule+"┘")
	scale := "    0" + strings.Repeat(" ", width-1) + "50" + strings.Repeat(" ", width-2) + "100"
	return append(lines, scale, strings.Repeat(" ", 5)+c.out.styled(dim, c.text("cli.chat.readiness")+" →"))
}

func (c *conversation) title(quadrant string) string {
	return c.text("quadrant." + quadrant + ".title")
}

// highlightDot makes the dot bold.
func (c *conversation) highlightDot(cells string) string {
	return strings.Replace(cells, dotMark, c.out.styled(bold, dotMark), 1)
}

const dotMark = "●"

// grid is the inside of the picture: fieldHeight rows for each half.
type grid struct {
	width int
	cells [][]rune
}

func newGrid(width int) *grid {
	g := &grid{width: width, cells: make([][]rune, 2*fieldHeight)}
	for i := range g.cells {
		g.cells[i] = []rune(strings.Repeat(" ", 2*width))
	}
	return g
}

// name writes a quadrant's name at the top of its field, truncated to fit.
func (g *grid) name(row, column int, name string) {
	runes := []rune(name)
	runes = runes[:min(len(runes), g.width-2)]
	copy(g.cells[row*fieldHeight][column*g.width+1:], runes)
}

// dot marks the scores, each 0 to 100. A score at the cut-off belongs to the higher half,
// as in the scoring. The dot stays below the first line of a field, which has its name.
func (g *grid) dot(readiness, impact float64) {
	column := min(int(readiness/100*float64(2*g.width)), 2*g.width-1)
	half, within := 0, (100-impact)/50 // 0 at the top of the field, 1 at the bottom
	if impact < 50 {
		half, within = 1, (50-impact)/50
	}
	row := half*fieldHeight + 1 + min(int(within*float64(fieldHeight-1)), fieldHeight-2)
	g.cells[row][max(column, 0)] = []rune(dotMark)[0]
}
