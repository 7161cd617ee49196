package telegram

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"sync"

	"digiwijzer/flows"
)

// press is the meaning of a button: an answer, or an action with its arguments.
type press struct {
	Slot     flows.Slot // of the button's message
	Rev      int        // answers only
	Question string
	Option   string
	Action   string
}

// codec encodes presses as callback data, and authenticates and decodes it. The format is
//
//	<rev><slot>.<question>.<option>.<tag>        an answer
//	0<slot>.!<action>[:<question>].<option>.<tag>  any other button
//
// The tag is 8 bytes of HMAC-SHA-256 over the chat id and everything before the tag, so
// that data cannot be forged, changed or used in another chat. Telegram does not guarantee
// that the data it sends is that of a button of the bot
// (https://core.telegram.org/bots/api#callbackquery).
type codec struct {
	macs *sync.Pool // of *mac: creating one takes longer than using it
}

func newCodec(key []byte) codec {
	return codec{&sync.Pool{New: func() any { return &mac{Hash: hmac.New(sha256.New, key)} }}}
}

// mac is a keyed hash with the buffer of what it is of.
type mac struct {
	hash.Hash
	buffer []byte
}

// maxData is the limit of callback data in bytes.
// https://core.telegram.org/bots/api#inlinekeyboardbutton
const maxData = 64

const tagLength = 11 // 8 bytes in base64url

// errInvalidButton means that the data is not that of a button in this chat.
var errInvalidButton = errors.New("telegram: invalid callback data")

var slotLetters = map[flows.Slot]string{flows.Living: "l", flows.Picture: "p", flows.Advice: "a", flows.Aside: "s"}

// actionCodes shorten the data; other actions are encoded by name.
var actionCodes = map[string]string{
	flows.DoBack: "b", flows.DoContinue: "c", flows.DoChange: "ch", flows.DoAnswers: "an", flows.DoRestart: "r",
	flows.DoStop: "st", flows.DoHelp: "h", flows.DoPrivacy: "p", flows.DoMyData: "md", flows.DoErase: "e",
	flows.DoErased: "ee", flows.DoLanguage: "l", flows.DoPlaces: "pl", flows.DoPickSelf: "ps", flows.DoAlarm: "al",
	flows.DoIncident: "in", flows.DoWhy: "w", flows.DoMore: "m", flows.DoMenu: "mn", flows.DoAbout: "ab",
	flows.DoFollowUp: "f", flows.DoNoFollow: "nf", flows.DoAskUnknown: "sk",
}

var (
	slots   = inverse(slotLetters)
	actions = inverse(actionCodes)
)

func inverse[K, V comparable](m map[K]V) map[V]K {
	back := make(map[V]K, len(m))
	for k, v := range m {
		back[v] = k
	}
	return back
}

// encode returns the data of a button in a chat, or an error for ids that are too long or
// have other characters than isID allows.
func (c codec) encode(chat int64, p press) (string, error) {
	subject, rev := p.Question, p.Rev
	if p.Action != "" {
		code := actionCodes[p.Action]
		if code == "" {
			code = p.Action
		}
		subject, rev = "!"+code, 0
		if p.Question != "" {
			subject += ":" + p.Question
		}
	}
	for _, id := range []string{p.Question, p.Option, p.Action} {
		if !isID(id) {
			return "", fmt.Errorf("telegram: invalid id %q in a button", id)
		}
	}
	slot, ok := slotLetters[p.Slot]
	if !ok || rev < 0 || subject == "" {
		return "", fmt.Errorf("telegram: invalid button of slot %q for %q", p.Slot, subject)
	}
	data := strconv.Itoa(rev) + slot + "." + subject + "." + p.Option
	if len(data)+1+tagLength > maxData {
		return "", fmt.Errorf("telegram: callback data %q too long", data)
	}
	return data + "." + c.tag(chat, data), nil
}

// decode returns the press of callback data from a chat, or errInvalidButton.
func (c codec) decode(chat int64, data string) (press, error) {
	at := len(data) - tagLength - 1
	if len(data) > maxData || at < 1 || data[at] != '.' || !hmac.Equal([]byte(c.tag(chat, data[:at])), []byte(data[at+1:])) {
		return press{}, errInvalidButton
	}
	fields := strings.Split(data[:at], ".")
	if len(fields) != 3 || len(fields[0]) < 2 {
		return press{}, errInvalidButton
	}
	head := fields[0]
	rev, err := strconv.Atoi(head[:len(head)-1])
	slot, ok := slots[head[len(head)-1:]]
	if err != nil || !ok {
		return press{}, errInvalidButton
	}
	p := press{Slot: slot, Rev: rev, Question: fields[1], Option: fields[2]}
	if action, ok := strings.CutPrefix(p.Question, "!"); ok {
		action, p.Question, _ = strings.Cut(action, ":")
		p.Action = action
		if name, ok := actions[action]; ok {
			p.Action = name
		}
	}
	return p, nil
}

func (c codec) tag(chat int64, data string) string {
	m := c.macs.Get().(*mac)
	defer c.macs.Put(m)
	m.Reset()
	m.buffer = append(append(strconv.AppendInt(m.buffer[:0], chat, 10), '.'), data...)
	_, _ = m.Write(m.buffer)
	m.buffer = m.Sum(m.buffer[:0])
	return base64.RawURLEncoding.EncodeToString(m.buffer[:8])
}

// isID reports whether s has only characters that the format does not reserve.
func isID(s string) bool {
	for i := range len(s) {
		ch := s[i]
		if (ch < 'a' || ch > 'z') && (ch < 'A' || ch > 'Z') && (ch < '0' || ch > '9') && ch != '_' && ch != '-' {
			return false
		}
	}
	return true
}
