package flows

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPhaseTable: no step is defined twice, every phase can be reached and left.
func TestPhaseTable(t *testing.T) {
	steps := map[string]string{}
	into, from := map[string]bool{string(PhaseNew): true}, map[string]bool{}
	for _, event := range phases {
		for _, source := range event.Src {
			key := event.Name + " in " + source
			require.Empty(t, steps[key], "%s is defined twice", key)
			steps[key] = event.Dst
			require.NotEqual(t, source, event.Dst, "%s stays where it is: the machine calls that an error", key)
			into[event.Dst], from[source] = true, true
		}
	}
	for _, phase := range allPhases {
		require.True(t, into[string(phase)], "%s cannot be reached", phase)
		require.True(t, from[string(phase)], "%s cannot be left", phase)
	}
	require.Equal(t, len(allPhases), len(into))
}

// TestDiagramInArchitecture: the picture in docs/architecture.md is the table.
func TestDiagramInArchitecture(t *testing.T) {
	diagram, err := Diagram()
	require.NoError(t, err)
	document, err := os.ReadFile("../docs/architecture.md")
	require.NoError(t, err)
	require.Contains(t, string(document), strings.TrimSpace(diagram))
}
