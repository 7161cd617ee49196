package flows

import "digiwijzer/referral"

// Session is the state of one conversation: the answers and the phase. The current
// question is derived from the answers, so going back, changing an answer and resuming
// after a restart are the same thing. Step never changes the session it is given.
type Session struct {
	Phase       Phase             `json:"phase"`
	Answers     map[string]string `json:"answers,omitempty"`
	Open        string            `json:"open,omitempty"`         // question re-opened; its answer stays until replaced
	Page        string            `json:"page,omitempty"`         // page that waits for the next input, such as "erase" or "guess:GM0355"
	Rev         int               `json:"rev"`                    // incremented with every change; a button carries the rev at which it was made
	Lang        string            `json:"lang"`                   // a language of the locales
	LangSet     bool              `json:"lang_set,omitempty"`     // the person chose it
	Partner     string            `json:"partner,omitempty"`      // configured code, never raw text
	SourceAsked bool              `json:"source_asked,omitempty"` // "Hoe kwam je hier?" was answered or skipped: not asked again
	Place       bool              `json:"place,omitempty"`        // the municipality came with the link
	Channel     string            `json:"channel,omitempty"`
	TryOut      bool              `json:"try_out,omitempty"`   // never counted, and the person is told
	Uncounted   bool              `json:"uncounted,omitempty"` // this run is not counted, and the person is not told; see package bot/admission
	Alarmed     bool              `json:"alarmed,omitempty"`   // an incident was reported; cyber is weak from then on
	Outcome     bool              `json:"outcome,omitempty"`   // a result was shown and staged
	FollowUp    bool              `json:"follow_up,omitempty"`
	FromCode    bool              `json:"from_code,omitempty"` // opened from an advice code: never counted
	HalfYear    string            `json:"half_year,omitempty"` // of the answers, if they came from a code and none has changed
	Misses      int               `json:"misses,omitempty"`    // typed texts since the last answer that were not understood
}

// Countable reports whether the conversation may be counted: it is no try-out, was not opened from an
// advice code and is not of the test partner.
func (s Session) Countable() bool { return !s.TryOut && !s.FromCode && s.Partner != TestPartner }

// Counted reports whether this run is counted, by what is known so far.
func (s Session) Counted() bool { return s.Countable() && !s.Uncounted }

// Kind is the kind of an input.
type Kind string

// The kinds of input. Every channel turns whatever happens into one of these.
const (
	Start        Kind = "start"   // /start, the start button, the first visit
	Show         Kind = "show"    // repeat the current screen; changes nothing
	Answer       Kind = "answer"  // a button of a question
	Action       Kind = "action"  // any other button, and the commands
	Text         Kind = "text"    // typed words: matched and dropped
	Unrecognized Kind = "strange" // anything else: an invalid button, a sticker, a photo
	Remind       Kind = "remind"  // the follow-up is due; no act of the person
)

// The names of actions: navigation buttons, pages and commands. Answer buttons are
// not actions.
const (
	DoBack       = "back"     // the previous asked question again
	DoContinue   = "continue" // repeat the current screen; from the incident card: continue the check
	DoChange     = "change"   // re-open the question in Input.Question
	DoAskUnknown = "skipped"  // ask again what was answered with "weet ik niet"
	DoAnswers    = "answers"  // /antwoorden: the overview
	DoRestart    = "restart"  // /opnieuw
	DoStop       = "stop"     // /stop
	DoHelp       = "help"     // /help
	DoPrivacy    = "privacy"  // /privacy
	DoMyData     = "my_data"  // /mijngegevens
	DoErase      = "erase"    // /verwijder: asks once
	DoErased     = "erased"   // yes, erase
	DoLanguage   = "language" // /taal: choose; with Input.Option: switch to it
	DoPlaces     = "places"   // the other municipalities
	DoPickSelf   = "pick"     // no, not that municipality: choose myself
	DoAlarm      = "alarm"    // "gehackt": is something wrong now?
	DoIncident   = "incident" // yes, now
	DoWhy        = "why"      // why this advice?
	DoMore       = "more"     // more initiatives, notes and tips
	DoMenu       = "menu"     // the menu under the question
	DoAbout      = "about"    // describe the initiative in Input.Option
	DoHuman      = "human"    // where to speak to a person
	DoRobot      = "robot"    // is this an AI?
	DoThank      = "thank"    // thanks
	DoCancel     = "cancel"   // "annuleer": leave the question that is open again, or the menu
	DoCode       = "code"     // /code: enter an advice code; with Input.Text: this one
	DoOpenCode   = "open"     // open the code that the page was about
	DoFollowUp   = "followup" // ask the question after six weeks
	DoNoFollow   = "nofollow" // withdraw it

	DoStepTaken  = "step_taken"  // answer to the follow-up: went to the initiative in Input.Option
	DoStepResult = "step_result" // its second half: Input.Question is that initiative, Input.Option how it went
)

// Input is one thing a person did, free of everything native to a channel.
type Input struct {
	Kind     Kind
	Question string // Answer, and DoChange
	Option   string // Answer; the language of DoLanguage; the initiative of DoAbout
	Rev      int    // Answer: the rev the button was made at
	Action   string
	Text     string // Text and DoCode; only the first MaxText runes are read
	Form     Form   // Text and Unrecognized: the form of the message
	Link     Link   // Start only

	Lang            string // the client's language, if available
	Channel         string // telegram, web, terminal
	Can             Can    // what the channel allows
	TryOut          bool   // the conversation is never counted
	FollowUpPending bool   // DoMyData: a follow-up is scheduled, even if no conversation is stored
	ErasedLater     bool   // DoPrivacy: what is erased stays in files of the storage, mostly for a quarter of an hour
	Expired         bool   // the button is valid but there is no session: it expired
	Today           referral.Date
}

// Form is the form of a message that was not simply typed.
type Form string

// The forms.
const (
	Typed     Form = ""
	Voice     Form = "voice"     // spoken
	Caption   Form = "caption"   // a text under a picture or file
	Edited    Form = "edited"    // an earlier message, changed
	Forwarded Form = "forwarded" // written elsewhere
)

// Can states what a channel allows.
type Can struct {
	Check bool // the answers are shown for a check before the first result
	Push  bool // messages can be sent unasked, weeks later
	Quote bool // a message can show the earlier message it replies to
	Copy  bool // a button can copy a text
}

// Link is what a start link carries, already checked: a configured partner, a
// GM code and a language of ours, each possibly empty.
type Link struct {
	Partner      string
	Municipality string
	Lang         string
}

// Turn is what one input leads to.
type Turn struct {
	Session Session
	Replies []Reply
	Facts   Facts
	// Repeated: the input had happened before, as when a button is pressed twice. The replies mention
	// it; if they are on the screen already, a brief notice is enough.
	Repeated bool
}

// Facts is what a turn adds to the figures and what the dispatcher must do. Every string is a value
// from the content or a class: no field can hold a person's name or id, or typed text.
type Facts struct {
	Started        bool        // a conversation began
	PartnerLearned string      // code of the partner, named after the start was counted without one
	StoppedAt      string      // an unfinished run ended: the id of its current question
	Outcome        *Outcome    // stage this, or replace what is staged for this conversation
	Freeze         bool        // the staged outcome, if any, is final
	Erase          bool        // delete everything about this conversation, staged and counted too
	Ended          bool        // the session need not be kept
	FollowUp       Choice      // the person asked for, or withdrew, the one question after six weeks
	Followed       *Followed   // the person answered the follow-up
	Transition     *Transition // the person gave the code of an earlier check after the result
}

// Choice is an optional yes or no.
type Choice string

// The choices.
const (
	Unsaid Choice = ""
	Yes    Choice = "yes"
	No     Choice = "no"
)

// Outcome is a finished conversation as it is counted: generalised to bands instead of
// scores and a region instead of a municipality. Storage adds the week and whether it
// is the first of the chat in the half-year.
type Outcome struct {
	Sector        string   `json:"sector"`
	Region        string   `json:"region"` // U, GV or outside
	Size          string   `json:"size"`
	SelfImage     string   `json:"self_image"`
	ReadinessBand int      `json:"readiness_band"` // 0–9, tens of the score; 100 is 9
	ImpactBand    int      `json:"impact_band"`
	DIIBasis      string   `json:"dii_basis"`
	Quadrant      string   `json:"quadrant"`
	Border        bool     `json:"border"`
	Extra         bool     `json:"extra"`
	Indicative    bool     `json:"indicative"`
	Cyber         string   `json:"cyber"`
	Phase         string   `json:"phase"`
	Obstacle      string   `json:"obstacle"`
	HelpWanted    string   `json:"help_wanted"`
	Satisfaction  string   `json:"satisfaction"` // 1–5 or empty
	Partner       string   `json:"partner"`
	Channel       string   `json:"channel"`
	Lang          string   `json:"lang"`
	Duration      string   `json:"duration"` // from the first answer to the first result; the dispatcher fills it in, in classes
	QuestionSet   int      `json:"question_set"`
	Scoring       int      `json:"scoring"`
	Content       string   `json:"content"`   // short hash of the content it was made with
	Target        bool     `json:"target"`    // in the region and up to klein
	Gap           bool     `json:"gap"`       // no regional desk for this business
	Referrals     []string `json:"referrals"` // initiative ids of the steps
	Mentions      []string `json:"mentions"`  // initiative ids of more, notes and closing
}
