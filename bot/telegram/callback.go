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

// press is what a button says when it is pressed: an answer, or an action with what
// goes with it.
type press struct {
	Slot     flows.Slot // of the message that the button is on
	Rev      int        // answers only
	Question string
	Option   string
	Action   string
}

// codec makes and checks callback data. Its form is
//
//	<rev><slot>.<question>.<option>.<tag>        an answer
//	0<slot>.!<action>[:<question>].<option>.<tag>  any other button
//
// The tag is 8 bytes of HMAC-SHA-256 over the chat's id and all before it, so that a
// button cannot be made up, changed or used in another chat. Telegram does not
// guarantee that a button of ours carried the data it sends
// (core.telegram.org/bots/api#callbackquery).
type codec struct {
	macs *sync.Pool // of hash.Hash: making one takes longer than using it
}

func newCodec(key []byte) codec {
	return codec{&sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// maxData is Telegram's limit of callback data in bytes.
const maxData = 64

const tagLength = 11 // 8 bytes in base64url

var errForged = errors.New("telegram: the button is not one of ours")

var slotLetters = map[flows.Slot]string{flows.Living: "l", flows.Picture: "p", flows.Advice: "a", flows.Aside: "s"}

// actionCodes keep the data short; an action that is not listed goes under its name.
var actionCodes = map[string]string{
	flows.DoBack: "b", flows.DoContinue: "c", flows.DoChange: "ch", flows.DoAnswers: "an", flows.DoRestart: "r",
	flows.DoStop: "st", flows.DoHelp: "h", flows.DoPrivacy: "p", flows.DoMyData: "md", flows.DoErase: "e",
	flows.DoErased: "ee", flows.DoLanguage: "l", flows.DoPlaces: "pl", flows.DoPickSelf: "ps", flows.DoAlarm: "al",
	flows.DoIncident: "in", flows.DoWhy: "w", flows.DoMore: "m", flows.DoMenu: "mn", flows.DoAbout: "ab",
	flows.DoFollowUp: "f", flows.DoNoFollow: "nf",
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

// print makes the data of a button in a chat. It fails for ids that are too long or
// hold other characters than ids do.
func (c codec) print(chat int64, p press) (string, error) {
	what, rev := p.Question, p.Rev
	if p.Action != "" {
		code := actionCodes[p.Action]
		if code == "" {
			code = p.Action
		}
		what, rev = "!"+code, 0
		if p.Question != "" {
			what += ":" + p.Question
		}
	}
	for _, id := range []string{p.Question, p.Option, p.Action} {
		if !isID(id) {
			return "", fmt.Errorf("telegram: %q cannot go into a button", id)
		}
	}
	slot, ok := slotLetters[p.Slot]
	if !ok || rev < 0 || what == "" {
		return "", fmt.Errorf("telegram: a button of slot %q for %q cannot be made", p.Slot, what)
	}
	data := strconv.Itoa(rev) + slot + "." + what + "." + p.Option
	if len(data)+1+tagLength > maxData {
		return "", fmt.Errorf("telegram: %q is too long for a button", data)
	}
	return data + "." + c.tag(chat, data), nil
}

// parse reads the data of a button that was pressed in a chat.
func (c codec) parse(chat int64, data string) (press, error) {
	at := len(data) - tagLength - 1
	if len(data) > maxData || at < 1 || data[at] != '.' || !hmac.Equal([]byte(c.tag(chat, data[:at])), []byte(data[at+1:])) {
		return press{}, errForged
	}
	fields := strings.Split(data[:at], ".")
	if len(fields) != 3 || len(fields[0]) < 2 {
		return press{}, errForged
	}
	head := fields[0]
	rev, err := strconv.Atoi(head[:len(head)-1])
	slot, ok := slots[head[len(head)-1:]]
	if err != nil || !ok {
		return press{}, errForged
	}
	p := press{Slot: slot, Rev: rev, Question: fields[1], Option: fields[2]}
	if action, is := strings.CutPrefix(p.Question, "!"); is {
		action, p.Question, _ = strings.Cut(action, ":")
		p.Action = action
		if name, ok := actions[action]; ok {
			p.Action = name
		}
	}
	return p, nil
}

func (c codec) tag(chat int64, data string) string {
	mac := c.macs.Get().(hash.Hash)
	defer c.macs.Put(mac)
	mac.Reset()
	_, _ = mac.Write([]byte(strconv.FormatInt(chat, 10) + "." + data))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:8])
}

// isID tells whether s can stand between the dots.
func isID(s string) bool {
	for i := range len(s) {
		ch := s[i]
		if (ch < 'a' || ch > 'z') && (ch < 'A' || ch > 'Z') && (ch < '0' || ch > '9') && ch != '_' && ch != '-' {
			return false
		}
	}
	return true
}
