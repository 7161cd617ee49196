package referral

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOutlineIsThatOfTheAdvice compares outlines, made one after another in the same memory, with the advice.
func TestOutlineIsThatOfTheAdvice(t *testing.T) {
	c, err := Load(Embedded())
	require.NoError(t, err)
	o := NewOutliner(c)
	n := 0
	for _, quadrant := range quadrants {
		for _, business := range []string{"retail micro GM0344", "media klein GM0402", "ict micro GM0345", "maak groot GM0355", "agri zzp buiten", "horeca midden GM1696"} {
			for _, cyber := range []string{"weak", "unknown", "ok", "incident"} {
				for _, wish := range wishes {
					for _, rest := range []string{"adhoc", "engaged extra", "later obstacle=geld staffing=c"} {
						n++
						k := testCase(fmt.Sprintf("%s %s %s %s %s", quadrant, business, cyber, rest, wish))
						a := c.Advise(k)
						for _, list := range []*[]Step{&a.Steps, &a.Closing, &a.More, &a.Notes} {
							*list = outlined(*list)
						}
						got := *o.Outline(&k)
						for _, list := range []*[]Step{&got.Steps, &got.Closing, &got.More, &got.Notes} {
							*list = outlined(*list)
						}
						require.Equal(t, a, got, "%+v", k)
					}
				}
			}
		}
	}
	assert.Greater(t, n, 2000)
}

// outlined returns steps with what an outline has of them.
func outlined(steps []Step) (all []Step) {
	for _, s := range steps {
		all = append(all, Step{Initiative: s.Initiative, Rule: s.Rule, Reason: s.Reason, Extra: s.Extra, Caveat: s.Caveat})
	}
	return all
}
