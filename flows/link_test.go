package flows_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
)

func TestParameterFitsTelegram(t *testing.T) {
	longest := strings.Repeat("a", 40)
	parameter, err := flows.Link{Partner: longest, Municipality: "GM0355", Lang: "en"}.Parameter()
	require.NoError(t, err)
	assert.LessOrEqual(t, len(parameter), flows.MaxParameter)
	for _, wrong := range []flows.Link{
		{Partner: longest + "a"}, {Partner: "KVK"}, {Partner: "kvk_x"}, {Partner: "a b"},
		{Partner: "kvk", Municipality: "0355"}, {Partner: "kvk", Lang: "english"}, {},
	} {
		_, err := wrong.Parameter()
		assert.Error(t, err, "%+v", wrong)
	}
}
