package telegram

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"digiwijzer/flows"
	"digiwijzer/referral"
)

var testCodec = newCodec([]byte("0123456789abcdef"))

func FuzzEncodedPressesDecode(f *testing.F) {
	f.Add(int64(5), uint16(3), "size", "2", "", byte(0))
	f.Add(int64(-9), uint16(0), "municipality", "GM0355", "change", byte(1))
	f.Add(int64(1), uint16(0), "", "kvk", "about", byte(2))
	slots := []flows.Slot{flows.Living, flows.Picture, flows.Advice, flows.Aside}
	f.Fuzz(func(t *testing.T, chat int64, rev uint16, question, option, action string, slot byte) {
		p := press{Slot: slots[int(slot)%len(slots)], Rev: int(rev), Question: question, Option: option, Action: action}
		if p.Action != "" {
			p.Rev = 0
		}
		data, err := testCodec.encode(chat, p)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(data), maxData)
		back, err := testCodec.decode(chat, data)
		require.NoError(t, err)
		if actions[p.Action] == "" { // a code decodes as its action
			require.Equal(t, p, back)
		}
		_, err = testCodec.decode(chat+1, data)
		require.Error(t, err, "another chat's button")
	})
}

func FuzzForgedDataIsRefused(f *testing.F) {
	f.Add("")
	f.Add("1l.size.2.AAAAAAAAAAA")
	f.Add(strings.Repeat(".", 64))
	f.Fuzz(func(t *testing.T, data string) {
		_, err := testCodec.decode(5, data)
		require.Error(t, err)
	})
}

func TestRandomAndChangedDataIsRefused(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.!:"
	good, err := testCodec.encode(5, press{Slot: flows.Living, Rev: 12, Question: "size", Option: "2"})
	require.NoError(t, err)
	accepted := 0
	for range 10_000 {
		b := make([]byte, random.IntN(70))
		for i := range b {
			b[i] = letters[random.IntN(len(letters))]
		}
		changed := []byte(good)
		at := random.IntN(len(good))
		changed[at] = letters[(strings.IndexByte(letters, good[at])+1+random.IntN(len(letters)-1))%len(letters)]
		for _, data := range []string{string(b), string(changed), good[:len(good)-tagLength] + string(b)} {
			if data == good {
				continue
			}
			if _, err := testCodec.decode(5, data); err == nil {
				accepted++
				t.Log(data)
			}
		}
	}
	assert.Zero(t, accepted)
	_, err = testCodec.decode(5, good)
	assert.NoError(t, err)
}

func TestUnencodableIDsAreRejected(t *testing.T) {
	for _, p := range []press{
		{Slot: flows.Living, Question: "a.b"},
		{Slot: flows.Living, Question: "size", Option: "2:3"},
		{Slot: flows.Living, Question: strings.Repeat("q", 40), Option: strings.Repeat("o", 20)},
		{Slot: flows.Living},
		{Question: "size"},
		{Slot: flows.Living, Rev: -1, Question: "size"},
	} {
		_, err := testCodec.encode(5, p)
		assert.Error(t, err, "%+v", p)
	}
}

func TestEveryContentButtonFits(t *testing.T) {
	questions, err := flows.BuiltIn()
	require.NoError(t, err)
	catalogue, err := referral.BuiltIn()
	require.NoError(t, err)
	var all []press
	for _, q := range questions.Questions {
		all = append(all, press{Slot: flows.Aside, Action: flows.DoChange, Question: q.ID},
			press{Slot: flows.Living, Rev: 99_999, Question: q.ID, Option: "GM0344"})
		for _, o := range q.Options {
			all = append(all, press{Slot: flows.Living, Rev: 99_999, Question: q.ID, Option: o.Value})
		}
	}
	for _, i := range catalogue.Initiatives() {
		all = append(all, press{Slot: flows.Aside, Action: flows.DoAbout, Option: i.ID})
	}
	for action := range actionCodes {
		all = append(all, press{Slot: flows.Living, Action: action})
	}
	assert.Greater(t, len(all), 150)
	for _, p := range all {
		_, err := testCodec.encode(-1<<62, p)
		assert.NoError(t, err, "%+v", p)
	}
}
