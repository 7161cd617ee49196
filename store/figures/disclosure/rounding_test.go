package disclosure

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keys are those of the rows with the ids 00…00, 01…01, … 05…05.
var keys = []int64{0x4839e785, 0x5c7634d9, 0x6bfb801c, 0x5e76d303, 0x0a4d8611, 0x45335509}

// The rounding is part of what was published: it never changes.
func TestRoundingVectors(t *testing.T) {
	var sum int64
	for i, want := range []int{0, 3, 3, 6, 6, 6} {
		sum += keys[i]
		assert.Equal(t, want, Told(i+1, sum), "of the first %d", i+1)
	}
	assert.Equal(t, 0, Told(2, keys[1]+keys[2]))
	assert.Equal(t, Told(4, sum), Told(4, sum+1<<32), "32 bits count")
	assert.Zero(t, Told(0, 0))
}

// independentTold is the rounding as it is specified, written again.
func independentTold(n int, k int64) int {
	r := n % 3
	if r == 0 {
		return n
	}
	var text []byte
	text = append(text, "digiwijzer rounding 1"...)
	text = append(text, byte(k>>24), byte(k>>16), byte(k>>8), byte(k))
	sum := sha256.Sum256(text)
	var h uint64
	for _, b := range sum[:8] {
		h = h<<8 | uint64(b)
	}
	if h%3 < uint64(r) {
		return n - r + 3
	}
	return n - r
}

// Over many random cells the rounding is right on average, with an error of at most two and a
// variance of two where it rounds at all.
func TestRoundingIsUnbiased(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const cells = 100_000
	var sum, squares float64
	rounded := 0
	for range cells {
		n, k := random.IntN(60), random.Int64N(1<<40)
		told := Told(n, k)
		require.Equal(t, independentTold(n, k), told)
		require.Zero(t, told%Base)
		difference := float64(told - n)
		require.LessOrEqual(t, math.Abs(difference), float64(MaxError))
		if n%Base != 0 {
			rounded++
			sum += difference
			squares += difference * difference
		}
	}
	assert.InDelta(t, 0, sum/float64(rounded), 4*math.Sqrt2/math.Sqrt(float64(rounded)), "four standard errors")
	assert.InDelta(t, 2, squares/float64(rounded), 0.02)
}

// The errors of two disjoint sets and of both together are independent: knowing two says
// nothing about the third.
func TestRoundingOfUnionsIsIndependent(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const pairs = 50_000
	var ab, ac, bc, abc float64
	for range pairs {
		a, b := Exact{1 + 3*random.IntN(9), random.Int64N(1 << 32)}, Exact{1 + 3*random.IntN(9), random.Int64N(1 << 32)}
		up := func(e Exact) float64 { // up or down, centred
			share := float64(e.n%Base) / Base
			if e.tell().n > e.n {
				return 1 - share
			}
			return -share
		}
		x, y, z := up(a), up(b), up(a.plus(b))
		ab, ac, bc, abc = ab+x*y, ac+x*z, bc+y*z, abc+x*y*z
	}
	for name, sum := range map[string]float64{"a, b": ab, "a, both": ac, "b, both": bc, "all three": abc} {
		assert.InDelta(t, 0, sum/pairs, 4*0.25/math.Sqrt(pairs), name)
	}
}

// A count does not become a figure by conversion, and cannot be read elsewhere.
func TestTypesDoNotConvert(t *testing.T) {
	exact, figure, number := reflect.TypeFor[Exact](), reflect.TypeFor[Figure](), reflect.TypeFor[int]()
	for _, from := range []reflect.Type{exact, figure, number} {
		for _, to := range []reflect.Type{exact, figure, number} {
			assert.Equal(t, from == to, from.ConvertibleTo(to), "%s to %s", from, to)
		}
	}
	assert.Zero(t, exact.NumMethod(), "nothing exported leads to the count")
	for i := range exact.NumField() {
		assert.False(t, exact.Field(i).IsExported())
	}
	for i := range figure.NumField() {
		assert.False(t, figure.Field(i).IsExported())
	}
}

func TestFigureInJSON(t *testing.T) {
	for text, f := range map[string]Figure{`{"n":0,"own":true}`: {told: true, own: true}, `{"n":15,"own":false}`: {n: 15, told: true}, `{"below":12}`: {below: PublicFloor}, `null`: {}} {
		got, err := json.Marshal(f)
		require.NoError(t, err)
		assert.Equal(t, text, string(got))
		var back Figure
		require.NoError(t, json.Unmarshal([]byte(text), &back))
		assert.Equal(t, f, back)
	}
	var f Figure
	for _, bad := range []string{`{}`, `{"n":3}`, `{"n":-3,"own":true}`, `7`, `"7"`} {
		assert.Error(t, json.Unmarshal([]byte(bad), &f), bad)
	}
}

func TestAddAndRest(t *testing.T) {
	six, nine := Figure{n: 6, told: true, own: true}, Figure{n: 9, told: true, own: true}
	assert.Equal(t, Figure{n: 15, told: true}, Add(six, nine))
	assert.Equal(t, Figure{n: 5, told: true}, Rest(20, six, nine))
	assert.Equal(t, Figure{n: 0, told: true}, Rest(14, six, nine), "rounded up beyond the total")
	_, told := Add(six, Figure{}).N()
	assert.False(t, told)
	_, told = Add(six, Figure{below: PublicFloor}).N()
	assert.False(t, told)
}

// keyOf returns the key of a test record.
func keyOf(i int) int64 {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	return int64(binary.BigEndian.Uint32(sum[:4]))
}
