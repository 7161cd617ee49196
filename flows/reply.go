package flows

// Slot identifies the message that a reply belongs to. A channel that can edit keeps
// one message per slot; any other sends the replies in order.
type Slot string

// The slots.
const (
	Living  Slot = "living"  // the question being asked; edited in place within a block
	Picture Slot = "picture" // the quadrant
	Advice  Slot = "advice"  // the advice: what one keeps and forwards
	Aside   Slot = "aside"   // pages outside the questions: help, privacy, answers, why, more
)

// Reply is one message: blocks of text and rows of buttons.
type Reply struct {
	Slot    Slot
	Fresh   bool // send a new message, even when the slot has one
	Blocks  []Block
	Keys    [][]Button
	Picture *QuadrantPicture // Slot Picture only; Blocks are its caption
	Topics  []TopicLevel     // Slot Picture only; the blocks of style Levels say the same
	At, Of  int              // Slot Living: the question is number At of Of, which may shrink; 0: it is not one of them
	ReplyTo Slot             // the message of this slot is shown above it, where the channel can
}

// QuadrantPicture holds the parameters of the picture, not its bytes.
type QuadrantPicture struct {
	Readiness float64 `json:"readiness"` // 0–100
	Impact    float64 `json:"impact"`    // 0–100
	Quadrant  string  `json:"quadrant"`  // a referral.Quadrant
	Border    bool    `json:"border"`    // near a border: see referral.Assessment
}

// TopicLevel is how far the business is on one topic.
type TopicLevel struct {
	ID     string // a referral.Topic
	Name   Phrase
	Level  Phrase // in words
	Filled int    // of three blocks; 0: not known
	Start  bool   // the first action is about it, and it is not in place
}

// Style is the kind of a block, which each channel formats in its own way.
type Style string

// The styles.
const (
	Plain    Style = ""
	Notice   Style = "notice"   // about what just happened; comes first
	Part     Style = "part"     // "Deel 2 van 4"
	Done     Style = "done"     // an answer given
	Group    Style = "group"    // the heading of a group of answers
	Question Style = "question" // the question sentence
	Hint     Style = "hint"     // an example, how to answer
	Option   Style = "option"   // an option written out in full
	Title    Style = "title"    // a heading
	StepName Style = "step"     // "1. CyberVeilig Check"; Number counts
	Why      Style = "why"      // the reason of a step
	Next     Style = "next"     // what happens then; cost
	Ask      Style = "ask"      // what to ask there
	Call     Style = "call"     // the number to call, also below a note or in the incident card; URL is tel:
	Trust    Style = "trust"    // date of the last sign of it, or that it is a standing service: a quiet line
	Caveat   Style = "caveat"   // a warning
	Note     Style = "note"     // a remark under the steps

	Levels       Style = "levels"        // the topics of one level, for channels that do not draw Reply.Topics
	Own          Style = "own"           // the own impression compared with the result
	Wish         Style = "wish"          // what the person wants, before the actions
	Obstacle     Style = "obstacle"      // an answer to what holds the person back, after the wish
	Actions      Style = "actions"       // the heading of the actions
	ActionName   Style = "action"        // "1. Zet een extra code op je mailbox"; Number counts
	ActionTerms  Style = "action_terms"  // "15 minuten · gratis"
	ActionHow    Style = "action_how"    // how to do it; may be folded
	ActionSource Style = "action_source" // where it comes from; URL is the page

	Benchmark Style = "benchmark" // a published figure and the person's answer
	Code      Style = "code"      // the advice code; Args["Name"] is the code itself
	CodeNote  Style = "code_note" // what the code holds

	BenchmarkSource Style = "benchmark_source" // where it comes from; URL is the page
)

// Block is one paragraph of a reply.
type Block struct {
	Style  Style
	Text   Phrase
	Number int    // StepName, ActionName: 1–3, or 0 for none
	URL    string // StepName: its address, may be empty; ActionSource, BenchmarkSource: the page; Call: tel:
}

// Button is one button: an answer (Question is set), an action or a link.
type Button struct {
	Label    Phrase
	Full     *Phrase // the option in full, where the label is shorter
	Hint     *Phrase // examples of what the option means; may be nil
	Question string  // an answer button: Question, Option and Rev are set
	Option   string
	Rev      int
	Action   string  // an action button; Question or Option may go with it
	URL      string  // a link
	Copy     *Phrase // a text to copy; only where Can.Copy
	Chosen   bool    // the answer given before, when a question is re-opened
	Role     Role
}

// Role is the kind of a button, which decides its order and format.
type Role string

// The roles, in the order of the keyboard.
const (
	RoleOption   Role = "option"
	RoleDontKnow Role = "dont_know"
	RoleBack     Role = "back"
	RoleMenu     Role = "menu"
	RoleLink     Role = "link"
	RolePrimary  Role = "primary" // the one thing to do next
	RoleDanger   Role = "danger"  // deletes something permanently
)
