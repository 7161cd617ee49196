package disclosure

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// solver runs an integer programme: glpsol (Debian's glpk-utils) or cbc (coinor-cbc).
type solver struct {
	name, path, dir string
}

// secondsEach is how long one programme may take; what takes longer counts as not narrowed.
const secondsEach = 10

func findSolver(t *testing.T) solver {
	t.Helper()
	for _, name := range []string{"glpsol", "cbc"} {
		if path, err := exec.LookPath(name); err == nil {
			return solver{name, path, t.TempDir()}
		}
	}
	t.Skip("no integer programming without glpsol or cbc: install glpk-utils or coinor-cbc")
	return solver{}
}

// solve returns the best value of a programme; known is false where there was no time.
func (s solver) solve(programme string) (best int, known bool, err error) {
	in, out := filepath.Join(s.dir, "in.lp"), filepath.Join(s.dir, "out")
	if err := os.WriteFile(in, []byte(programme), 0o600); err != nil {
		return 0, false, err
	}
	args := []string{"--lp", in, "--tmlim", strconv.Itoa(secondsEach), "--write", out}
	if s.name == "cbc" {
		args = []string{in, "sec", strconv.Itoa(secondsEach), "solve", "solution", out}
	}
	if text, err := exec.Command(s.path, args...).CombinedOutput(); err != nil {
		return 0, false, fmt.Errorf("%w: %s", err, text)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return 0, false, err
	}
	return s.parse(string(text))
}

// parse reads the value of an optimal solution.
func (s solver) parse(text string) (best int, known bool, err error) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case s.name == "glpsol" && len(fields) == 6 && fields[0] == "s" && fields[1] == "mip":
			if fields[4] != "o" {
				return 0, false, nil
			}
		case s.name == "cbc" && len(fields) > 0 && fields[0] == "Optimal":
		default:
			continue
		}
		value, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		return int(math.Round(value)), err == nil, err
	}
	return 0, false, nil
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
	all := firms(t)
	var v verdict
	solved, late := 0, 0
	for seed := range min(programmedYears, *attacked) {
		a := newAttack(all, yearOf(all, 62, uint64(seed+1)))
		v.add(a.verdict())
		for i, n := range a.truth {
			if n < 1 || n > 4 || a.left(i) < enoughValues || !(a.told[i] || a.keys[i].b == "") {
				continue
			}
			low, high, known := a.bounds(t, s, i)
			if solved++; !known {
				late++
				continue
			}
			require.LessOrEqual(t, low, n, "what the attacker derives is true")
			require.GreaterOrEqual(t, high, n, "what the attacker derives is true")
			if high-low+1 < enoughValues {
				v.examples = append(v.examples, fmt.Sprintf("%s is %d..%d", a.keys[i], low, high))
				if v.untold++; a.told[i] {
					v.untold, v.pinned = v.untold-1, v.pinned+1
				}
			}
		}
	}
	t.Logf("%s: %d counts, %d without an answer in time; %s; %q", s.name, solved, late, v, v.examples)
	assert.LessOrEqual(t, (v.pinned-1)*1000, v.small, "one by chance in so few years")
	assert.Less(t, late, solved/10)
}

// bounds returns the least and the most that a count can be.
func (a *attack) bounds(t *testing.T, s solver, i int) (low, high int, known bool) {
	t.Helper()
	low, known, err := s.solve(a.lp("Minimize", i))
	require.NoError(t, err)
	if !known {
		return 0, 0, false
	}
	high, known, err = s.solve(a.lp("Maximize", i))
	require.NoError(t, err)
	return low, high, known
}
