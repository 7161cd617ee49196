package disclosure

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// solver runs an integer programme: cbc (Debian's coinor-cbc) or glpsol (glpk-utils).
type solver struct {
	name, path, dir string
}

// secondsEach is how long one programme may take; what takes longer counts as unsolved.
const secondsEach = 10

func findSolver(t *testing.T) solver {
	t.Helper()
	for _, name := range []string{"cbc", "glpsol"} {
		if path, err := exec.LookPath(name); err == nil {
			return solver{name, path, t.TempDir()}
		}
	}
	t.Skip("no integer programming without glpsol or cbc: install glpk-utils or coinor-cbc")
	return solver{}
}

// feasible reports whether a programme has a solution; known is false where there was no time.
func (s solver) feasible(programme string) (yes, known bool, err error) {
	in, out := filepath.Join(s.dir, "in.lp"), filepath.Join(s.dir, "out")
	if err := os.WriteFile(in, []byte(programme), 0o600); err != nil {
		return false, false, err
	}
	args := []string{"--lp", in, "--tmlim", strconv.Itoa(secondsEach), "--write", out}
	if s.name == "cbc" {
		args = []string{in, "sec", strconv.Itoa(secondsEach), "solve", "solution", out}
	}
	if text, err := exec.Command(s.path, args...).CombinedOutput(); err != nil {
		return false, false, fmt.Errorf("%w: %s", err, text)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return false, false, err
	}
	yes, known = s.parse(string(text))
	return yes, known, nil
}

// parse reads the answer: cbc begins with a word; glpsol has a line with a letter, u (undefined)
// where it ran out of time.
func (s solver) parse(text string) (yes, known bool) {
	if s.name == "cbc" {
		return strings.HasPrefix(text, "Optimal"), strings.HasPrefix(text, "Optimal") || strings.HasPrefix(text, "Infeasible") || strings.HasPrefix(text, "Integer infeasible")
	}
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) == 6 && fields[0] == "s" && fields[1] == "mip" {
			return fields[4] == "o" || fields[4] == "f", fields[4] != "u"
		}
	}
	return false, false
}

// programmedYears are attacked by integer programming, which finds what propagation cannot.
const programmedYears = 10

// TestAttackByIntegerProgramme: no small count that is told, and no line that is not, is
// narrowed to fewer than three values by everything that is known at once.
func TestAttackByIntegerProgramme(t *testing.T) {
	t.Parallel()
	if *attacked == 0 {
		t.Skip("only with -attacked")
	}
	s := findSolver(t)
	var v verdict
	tried, late := 0, 0
	for seed := range min(programmedYears, *attacked) {
		a := tellFirms(t, volume{62, uint64(seed + 1)}).run()
		v.add(a.verdict())
		for i, n := range a.truth {
			if n < 1 || n > 4 || a.left(i) < enoughValues || !(a.told[i] || a.keys[i].b == "") {
				continue
			}
			values, unsolved := a.possible(t, s, i)
			if tried++; values >= enoughValues {
				continue
			}
			if values+unsolved >= enoughValues {
				late++
				continue
			}
			v.examples = append(v.examples, fmt.Sprintf("%s is %d or one other", a.keys[i], n))
			if v.untold++; a.told[i] {
				v.untold, v.pinned = v.untold-1, v.pinned+1
			}
		}
		t.Logf("%s, %d years: %d counts, %d not decided in time; %s; %q", s.name, seed+1, tried, late, v, v.examples)
	}
	assert.LessOrEqual(t, (v.pinned-1)*1000, v.small, "one by chance in so few years")
	assert.Less(t, late, tried/10)
}

// possible returns how many values of a count nearest to the true one have a solution, up to
// enough, and for how many that was not found out in time. The true value must have one.
func (a *attack) possible(t *testing.T, s solver, i int) (values, unsolved int) {
	t.Helper()
	n := a.truth[i]
	for _, value := range []int{n, n + 1, n - 1, n + 2, n - 2, n + 3, n - 3, n + 4, n - 4} {
		if value < a.low[i] || value > a.high[i] || values >= enoughValues {
			continue
		}
		yes, known, err := s.feasible(a.lp(i, value))
		require.NoError(t, err)
		require.True(t, yes || !known || value != n, "what the attacker derives is true: %s", a.keys[i])
		switch {
		case yes:
			values++
		case !known:
			unsolved++
		}
	}
	return values, unsolved
}
