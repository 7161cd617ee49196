package referral

import (
	"strings"
	"unicode/utf8"
)

// maxTyped is how many bytes of typed text are looked at.
const maxTyped = 120

// place is one name that people type.
type place struct {
	words string // folded, with single spaces
	name  []rune // folded, without spaces
	sound []rune // as it sounds
	code  string // empty: outside the region
}

func newPlace(name, code string) place {
	words := Fold(name)
	joined := strings.ReplaceAll(words, " ", "")
	return place{words: words, name: []rune(joined), sound: []rune(sound(joined)), code: code}
}

// Match recognises a typed place: the name of a municipality, a village or a former
// municipality, with typing errors or among other words.
func (r *Region) Match(text string, on Date) PlaceMatch {
	if len(text) > maxTyped || !utf8.ValidString(text) {
		return PlaceMatch{}
	}
	words := strings.TrimPrefix(Fold(text), "gemeente ")
	if words == "" {
		return PlaceMatch{}
	}
	if p := r.exact(words); p != nil {
		return r.found(p, PlaceExact, on)
	}
	if p := r.contained(words); p != nil {
		return r.found(p, PlaceGuess, on)
	}
	if p := r.nearest(words); p != nil && p.code != "" {
		return r.found(p, PlaceGuess, on)
	}
	return PlaceMatch{}
}

func (r *Region) found(p *place, kind PlaceKind, on Date) PlaceMatch {
	if p.code == "" {
		return PlaceMatch{Kind: PlaceOutside}
	}
	m, ok := r.Municipality(p.code, on)
	if !ok {
		return PlaceMatch{}
	}
	return PlaceMatch{Kind: kind, Municipality: m}
}

func (r *Region) exact(words string) *place {
	joined := strings.ReplaceAll(words, " ", "")
	for i := range r.places {
		if string(r.places[i].name) == joined {
			return &r.places[i]
		}
	}
	return nil
}

// contained finds the one place that is named contained other words; with two different ones
// it finds none. The longest name wins over one inside it.
func (r *Region) contained(words string) *place {
	text := " " + words + " "
	var best *place
	for i := range r.places {
		p := &r.places[i]
		switch {
		case !strings.Contains(text, " "+p.words+" "):
		case best == nil || strings.Contains(" "+p.words+" ", " "+best.words+" "):
			best = p
		case strings.Contains(" "+best.words+" ", " "+p.words+" "):
		case best.code != p.code:
			return nil
		}
	}
	return best
}

// nearest finds the place that is spelled or sounds most like the text, if it is
// near enough and no place of another municipality is as near. Places outside the
// region take part, so that a slip in their name is not taken for ours.
func (r *Region) nearest(words string) *place {
	joined := strings.ReplaceAll(words, " ", "")
	typed, heard := []rune(joined), []rune(sound(joined))
	limit := tolerance(len(typed))
	if limit == 0 {
		return nil
	}
	var best *place
	least, tied := limit+1, false
	for i := range r.places {
		p := &r.places[i]
		d := min(distance(typed, p.name, limit), 1+distance(heard, p.sound, limit))
		switch {
		case d < least:
			best, least, tied = p, d, false
		case d == least && best != nil && best.code != p.code:
			tied = true
		}
	}
	if tied {
		return nil
	}
	return best
}

// tolerance is how many typing errors a word of n letters may hold.
func tolerance(n int) int {
	switch {
	case n < 4:
		return 0
	case n < 6:
		return 1
	case n < 10:
		return 2
	}
	return 3
}

// distance is the Damerau–Levenshtein distance (optimal string alignment): how many
// letters to insert, delete, replace or swap with their neighbour. Distances over
// the limit come out as limit+1.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || len(b) >= longestName {
		return limit + 1
	}
	var rows [3][longestName + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}

// longestName is longer than any place name; loading checks it.
const longestName = 48

// sounds spells what sounds alike in Dutch alike.
var sounds = strings.NewReplacer("ei", "y", "ij", "y", "ey", "y", "au", "ou", "ch", "g", "ck", "k", "dt", "t", "th", "t", "ph", "f", "ae", "aa", "ue", "uu")

// sound spells folded text as it sounds, double letters once.
func sound(folded string) string {
	var b strings.Builder
	last := rune(-1)
	for _, c := range sounds.Replace(folded) {
		switch c {
		case 'c', 'q':
			c = 'k'
		case 'z':
			c = 's'
		case 'v':
			c = 'f'
		}
		if c != last {
			b.WriteRune(c)
		}
		last = c
	}
	return b.String()
}
