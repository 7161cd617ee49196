package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

//go:embed testdata/asvs.txt
var asvsRows string

var (
	securityRow  = regexp.MustCompile(`(?m)^\| ([\d.]+) \| ([12]) \| [^|]+ \| (held|partly|\*\*open\*\*) \| ([^|]+) \|$`)
	securityTest = regexp.MustCompile("`([a-z/]+) ((?:Test|Fuzz)[A-Za-z0-9]+)`")
	notAtAll     = regexp.MustCompile(`(?m)^\| ([\d., –]+) \| [^|]+ \|$`)
)

// TestSecurityDocument: docs/security.md has every requirement of levels 1 and 2 once, with its
// level, or says why it does not apply, and the tests that it names exist.
func TestSecurityDocument(t *testing.T) {
	text := read(t, "../../docs/security.md")
	levels := map[string]string{}
	for line := range strings.Lines(asvsRows) {
		if number, level, ok := strings.Cut(strings.TrimSpace(line), " "); ok && number != "#" {
			levels[number] = level
		}
	}
	require.Len(t, levels, 253)
	states, told := map[string]int{}, map[string]bool{}
	for _, row := range securityRow.FindAllStringSubmatch(text, -1) {
		assert.Equal(t, levels[row[1]], row[2], row[1])
		assert.False(t, told[row[1]], "%s is there twice", row[1])
		told[row[1]] = true
		states[row[3]]++
	}
	assert.Contains(t, text, fmt.Sprintf("Of %d requirements %d apply: %d are held, %d partly", len(levels), len(told), states["held"], states["partly"]))

	var elsewhere []string
	for _, row := range notAtAll.FindAllStringSubmatch(text, -1) {
		elsewhere = append(elsewhere, strings.Split(row[1], ", ")...)
	}
	for number := range levels {
		if !told[number] {
			assert.True(t, isAmong(number, elsewhere), "%s is missing", number)
		}
	}
	for _, named := range securityTest.FindAllStringSubmatch(text, -1) {
		assert.True(t, hasTest(t, named[1], named[2]), "%s has no %s", named[1], named[2])
	}
}

// isAmong reports whether a requirement, its section or its chapter is in a list with ranges.
func isAmong(number string, list []string) bool {
	for _, entry := range list {
		from, to, isRange := strings.Cut(entry, "–")
		if !isRange {
			to = from
		}
		prefix, first := cutLast(from)
		_, last := cutLast(to)
		for n := first; n <= last; n++ {
			if one := strings.TrimPrefix(fmt.Sprintf("%s.%d", prefix, n), "."); number == one || strings.HasPrefix(number, one+".") {
				return true
			}
		}
	}
	return false
}

// cutLast returns a number in parts without its last one, and that.
func cutLast(number string) (prefix string, last int) {
	if at := strings.LastIndex(number, "."); at >= 0 {
		prefix, number = number[:at], number[at+1:]
	}
	_, _ = fmt.Sscan(number, &last)
	return prefix, last
}

func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", dir, "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(content), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
