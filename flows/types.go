package flows

import "digiwijzer/referral"

// Session is all that is kept of one conversation: which questions were answered
// how, and the phase. The current question is derived from the answers, so going
// back, changing an answer and resuming after a restart are the same thing.
// A Session is a value; Step never changes the one it was given.
type Session struct {
	Phase       Phase             `json:"phase"`
	Answers     map[string]string `json:"answers,omitempty"`
	Open        string            `json:"open,omitempty"`         // question re-opened; its answer stays until replaced
	Page        string            `json:"page,omitempty"`         // what stands over the question: more municipalities, "is it Zeist?", "is something wrong?"
	Rev         int               `json:"rev"`                    // rises with every change; a button carries the rev it was made at
	Lang        string            `json:"lang"`                   // a language of the locales
	LangSet     bool              `json:"lang_set,omitempty"`     // the person chose it
	Partner     string            `json:"partner,omitempty"`      // configured code, never raw text
	SourceAsked bool              `json:"source_asked,omitempty"` // "Hoe kwam je hier?" was answered or skipped: not asked again
	Place       bool              `json:"place,omitempty"`        // the municipality came with the link
	Channel     string            `json:"channel,omitempty"`
	TryOut      bool              `json:"try_out,omitempty"` // never counted, and the person is told
	Alarmed     bool              `json:"alarmed,omitempty"` // said that something was wrong; cyber is at least weak from then on
	Outcome     bool              `json:"outcome,omitempty"` // a result was shown and staged
	FollowUp    bool              `json:"follow_up,omitempty"`
}

// Kind says what a person did.
type Kind string

// The kinds of input. Every channel turns whatever happens into one of these.
const (
	Start   Kind = "start"   // /start, the start button, the first visit
	Show    Kind = "show"    // show where we are; changes nothing
	Answer  Kind = "answer"  // a button of a question
	Action  Kind = "action"  // any other button, and the commands
	Text    Kind = "text"    // typed words: matched and dropped
	Strange Kind = "strange" // a button nobody can have, a sticker, a photo
	Remind  Kind = "remind"  // nobody did anything: the day of the follow-up has come
)

// The names of actions: navigation buttons, pages and commands. Answer buttons are
// not actions.
const (
	DoBack     = "back"     // the previous asked question again
	DoContinue = "continue" // show where we are; from the incident card: on with the check
	DoChange   = "change"   // re-open the question in Input.Question
	DoAnswers  = "answers"  // /antwoorden: the overview
	DoRestart  = "restart"  // /opnieuw
	DoStop     = "stop"     // /stop
	DoHelp     = "help"     // /help
	DoPrivacy  = "privacy"  // /privacy
	DoMyData   = "my_data"  // /mijngegevens
	DoErase    = "erase"    // /verwijder: asks once
	DoErased   = "erased"   // yes, erase
	DoLanguage = "language" // /taal: choose; with Input.Option: switch to it
	DoPlaces   = "places"   // the other municipalities
	DoPickSelf = "pick"     // no, not that municipality: choose myself
	DoAlarm    = "alarm"    // "gehackt": is something wrong now?
	DoIncident = "incident" // yes, now
	DoWhy      = "why"      // why this advice?
	DoMore     = "more"     // more initiatives, notes and tips
	DoMenu     = "menu"     // the menu under the question
	DoAbout    = "about"    // tell of the initiative in Input.Option
	DoFollowUp = "followup" // one question after six weeks, please
	DoNoFollow = "nofollow" // withdraw that

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
	Text     string // Text only; no longer than MaxText runes are looked at
	Link     Link   // Start only

	Lang    string // the client's language, if we have it
	Channel string // telegram, web, terminal
	Can     Can    // what the channel of this chat allows
	TryOut  bool   // the desk knows that this is not to be counted
	Waits   bool   // DoMyData: a follow-up is kept of this person, though the conversation may be gone
	Expired bool   // no session was found although the button is ours: it expired
	Today   referral.Date
}

// Can states what a channel allows.
type Can struct {
	Push  bool // messages can be sent unasked, weeks later
	Quote bool // a message can show the earlier message it replies to
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
}

// Facts is what a turn adds to the figures and asks of the desk. Only enums and
// numbers: no field can hold a name, an id or typed text.
type Facts struct {
	Started   bool      // a conversation began
	Learnt    string    // the partner it came through, told after it began; the start was counted without
	StoppedAt string    // an unfinished run ended here: the id of the question it stood at
	Outcome   *Outcome  // stage this, or replace what is staged for this conversation
	Freeze    bool      // the staged outcome, if any, is final
	Erase     bool      // everything about this conversation goes, staged and counted too
	Ended     bool      // the session need not be kept
	FollowUp  Choice    // the person asked for, or withdrew, the one question after six weeks
	Followed  *Followed // the person answered it
}

// Choice is a wish that may be left unsaid.
type Choice string

// The choices.
const (
	Unsaid Choice = ""
	Yes    Choice = "yes"
	No     Choice = "no"
)

// Outcome is a finished conversation as the figures know it. Generalised already:
// bands instead of scores, a region instead of a municipality. The desk adds the
// week and whether it is the first of the half-year.
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
	QuestionSet   int      `json:"question_set"`
	Scoring       int      `json:"scoring"`
	Content       string   `json:"content"`   // short hash of the content it was made with
	Target        bool     `json:"target"`    // in the region and up to klein
	Gap           bool     `json:"gap"`       // no regional desk for this business
	Referrals     []string `json:"referrals"` // initiative ids of the steps
	Mentions      []string `json:"mentions"`  // initiative ids of more, notes and closing
}

// Slot says where a reply belongs. A channel that can edit (Telegram) keeps one
// message per slot; one that cannot prints in order.
type Slot string

// The slots.
const (
	Living  Slot = "living"  // the question being asked; edited in place within a block
	Picture Slot = "picture" // the quadrant
	Advice  Slot = "advice"  // the advice: what one keeps and forwards
	Aside   Slot = "aside"   // pages beside the conversation: help, privacy, answers, why, more
)

// Reply is one message: blocks of text and rows of buttons.
type Reply struct {
	Slot    Slot
	Fresh   bool // a new message, even where the slot holds one already
	Blocks  []Block
	Keys    [][]Button
	Picture *QuadrantPicture // Slot Picture only; Blocks are its caption
	ReplyTo Slot             // the message of this slot is shown above it, where the channel can
}

// QuadrantPicture is the recipe of the picture, not its bytes.
type QuadrantPicture struct {
	Readiness float64 `json:"readiness"` // 0–100
	Impact    float64 `json:"impact"`
	Quadrant  string  `json:"quadrant"`
	Border    bool    `json:"border"`
}

// Style says what a block is, so that each channel can dress it in its own way.
type Style string

// The styles.
const (
	Plain    Style = ""
	Notice   Style = "notice"   // about what just happened; comes first
	Part     Style = "part"     // "Deel 2 van 4"
	Done     Style = "done"     // an answer given
	Question Style = "question" // the question sentence
	Hint     Style = "hint"     // an example, how to answer
	Option   Style = "option"   // an option written out in full
	Title    Style = "title"    // a heading
	StepName Style = "step"     // "1. CyberVeilig Check"; Number counts
	Why      Style = "why"      // the reason of a step
	Next     Style = "next"     // what happens then; cost
	Caveat   Style = "caveat"   // a warning that belongs to a step
	Note     Style = "note"     // a remark under the steps
)

// Block is one paragraph.
type Block struct {
	Style  Style
	Text   Phrase
	Number int    // StepName: 1, 2, 3
	URL    string // StepName: where it leads, where known
}

// Phrase is a text by its id, to be put into words by locales. Args may hold
// strings (proper names, shown as they are), ints, Phrases and Lists (joined as
// a list: "a, b en c").
type Phrase struct {
	ID   string
	Args map[string]any
}

// Button is one button: an answer, an action or a link.
type Button struct {
	Label    Phrase
	Full     *Phrase // the option in full, where the label is shorter
	Question string  // an answer button: Question, Option and Rev are set
	Option   string
	Rev      int
	Action   string // an action button; Question or Option may go with it
	URL      string // a link
	Chosen   bool   // the answer given before, when a question is re-opened
	Role     Role
}

// Role groups the buttons, for order and dress.
type Role string

// The roles, in the order of the keyboard.
const (
	RoleOption   Role = "option"
	RoleDontKnow Role = "dont_know"
	RoleBack     Role = "back"
	RoleMenu     Role = "menu"
	RoleLink     Role = "link"
	RolePrimary  Role = "primary" // the one thing to do next
)
