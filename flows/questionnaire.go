package flows

import (
	"embed"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"sync"

	"digiwijzer/flows/advicecode"
	"digiwijzer/locales/fault"
	"digiwijzer/referral"
)

//go:embed questions.toml layouts.toml
var embedded embed.FS

// Embedded returns a file system with questions.toml and layouts.toml of this build, for
// Load.
func Embedded() fs.FS { return embedded }

// BuiltIn returns the questions of this build, which are loaded once. Callers must not change them.
var BuiltIn = sync.OnceValues(func() (*Questionnaire, error) { return Load(embedded) })

// Questionnaire is the checked content of questions.toml.
type Questionnaire struct {
	Version   int                // question_set: raised when questions or options change meaning
	Questions []*Query           // in the order in which they are asked
	Sources   []Source           // the publications that questions come from
	Layouts   advicecode.Layouts // of every question set published; may be empty
	scale     referral.Scale
	byID      map[string]*Query
}

// Query is one question with its options and the rules on when it is asked. It is
// asked when every AskIf holds and not every SkipIf does; a skipped question counts as
// answered with As, unless that is empty.
type Query struct {
	ID          string         `toml:"id"`
	Part        int            `toml:"part"`         // 1–4; 0 comes after the result
	Axis        string         `toml:"axis"`         // a referral.Axis; empty: not scored
	DontKnow    bool           `toml:"dont_know"`    // "weet ik niet" is offered
	Team        bool           `toml:"team"`         // has another wording for two or more people
	Columns     int            `toml:"columns"`      // buttons in a row; 0 is 1
	OptionsFrom string         `toml:"options_from"` // "municipalities": the options are the region's
	AskIf       []Condition    `toml:"ask_if"`
	SkipIf      []Condition    `toml:"skip_if"`
	As          string         `toml:"as"`
	Options     []AnswerOption `toml:"options"`
	Because     string         `toml:"because"` // why it is asked; for editors
	Sources     []string       `toml:"sources"` // ids in Questionnaire.Sources
}

// AnswerOption is one option of a question.
type AnswerOption struct {
	Value  string         `toml:"value"`
	Points *float64       `toml:"points"`  // 0–100; nil: not measured
	DII    map[string]int `toml:"dii"`     // item of version 3 of the Digital Intensity Index (1–12): met (1) or not (0)
	DII4   map[string]int `toml:"dii4"`    // the same for version 4
	HideIf []Condition    `toml:"hide_if"` // not offered when all hold
}

// Condition is a test of the answers so far; all fields that are set must hold. There is no
// expression language: other conditions are written in Go.
type Condition struct {
	Question string   `toml:"question"`  // this question has such an answer
	AnyOf    []string `toml:"any_of"`    // at least one of these questions has
	Is       []string `toml:"is"`        // one of these values; empty: any
	Not      []string `toml:"not"`       // none of these values
	CyberNot []string `toml:"cyber_not"` // none of these outcomes (referral.Cyber)
}

// Source is a publication that questions come from.
type Source struct {
	ID    string `toml:"id"`
	Title string `toml:"title"`
	URL   string `toml:"url"`
}

// Load reads and checks questions.toml, and layouts.toml if it is there, in the root of fsys. The error joins all
// faults, each with the file and the question.
func Load(fsys fs.FS) (*Questionnaire, error) {
	const file = "questions.toml"
	var doc struct {
		QuestionSet int      `toml:"question_set"`
		Scoring     int      `toml:"scoring"`
		Questions   []*Query `toml:"question"`
		Sources     []Source `toml:"source"`
	}
	var faults []error
	wrong, ok := fault.Decode(fsys, file, &doc)
	for _, w := range wrong {
		faults = append(faults, w)
	}
	if !ok {
		return nil, errors.Join(faults...)
	}
	q := &Questionnaire{Version: doc.QuestionSet, Questions: doc.Questions, Sources: doc.Sources,
		byID: make(map[string]*Query, len(doc.Questions))}
	q.scale.Version = doc.Scoring
	for _, query := range q.Questions {
		for _, wrong := range q.add(query) {
			wrong.File, wrong.ID = file, query.ID
			faults = append(faults, wrong)
		}
	}
	faults = append(faults, q.checkWhole(file)...)
	layouts, unusable := advicecode.Load(fsys)
	q.Layouts, faults = layouts, append(faults, unusable...)
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return q, nil
}

// add checks one question against those before it and adds it to the scale.
func (q *Questionnaire) add(query *Query) (faults []*fault.Fault) {
	report := func(format string, args ...any) { faults = append(faults, questionFault(format, args...)) }
	if query.ID == "" {
		report("has no id")
	}
	if q.byID[query.ID] != nil {
		report("is defined twice")
	}
	if query.Part < 0 || query.Part > lastPart {
		report("part %d does not exist (0-%d)", query.Part, lastPart)
	}
	switch referral.Axis(query.Axis) {
	case "", referral.AxisReadiness, referral.AxisCyber, referral.AxisImpact:
	default:
		report("axis %q does not exist", fault.NewUnknown(query.Axis, []referral.Axis{referral.AxisReadiness, referral.AxisCyber, referral.AxisImpact}))
	}
	if (len(query.Options) == 0) == (query.OptionsFrom == "") {
		report("needs either options or options_from")
	}
	if query.OptionsFrom != "" && query.OptionsFrom != fromMunicipalities {
		report("options_from %q does not exist", fault.NewUnknown(query.OptionsFrom, []string{fromMunicipalities}))
	}
	item := scaleItem{referral.Item{Question: query.ID, Axis: referral.Axis(query.Axis),
		Points: map[string]float64{}, DII: map[string]map[int]int{}, DII4: map[string]map[int]int{}}}
	seen := map[string]bool{}
	for _, option := range query.Options {
		if option.Value == "" || option.Value == referral.DontKnow {
			report("an option cannot have the value %q", option.Value)
		}
		if seen[option.Value] {
			report("option %q is defined twice", option.Value)
		}
		seen[option.Value] = true
		faults = append(faults, item.addOption(option)...)
		faults = append(faults, q.checkConditions(query, option.HideIf)...)
	}
	if query.As != "" && !seen[query.As] {
		report("as = %q is none of its options", fault.NewUnknown(query.As, query.values()))
	}
	faults = append(faults, q.checkConditions(query, query.AskIf)...)
	faults = append(faults, q.checkConditions(query, query.SkipIf)...)
	q.byID[query.ID] = query
	q.scale.Items = append(q.scale.Items, item.Item)
	return faults
}

// scaleItem builds one item of the scale from the options of a question.
type scaleItem struct{ referral.Item }

func (item *scaleItem) addOption(option AnswerOption) (faults []*fault.Fault) {
	if option.Points != nil {
		if *option.Points < 0 || *option.Points > 100 {
			faults = append(faults, questionFault("option %q: %v points is outside 0-100", option.Value, *option.Points))
		}
		if item.Axis == "" {
			faults = append(faults, questionFault("option %q has points, but the question has no axis", option.Value))
		}
		item.Points[option.Value] = *option.Points
	} else if item.Axis != "" {
		faults = append(faults, questionFault("option %q has no points, though the question is scored", option.Value))
	}
	faults = append(faults, addProofs(item.DII, "dii", option.Value, option.DII)...)
	faults = append(faults, addProofs(item.DII4, "dii4", option.Value, option.DII4)...)
	return faults
}

// addProofs adds what an option proves of the items of the Digital Intensity Index.
func addProofs(into map[string]map[int]int, name, option string, proofs map[string]int) (faults []*fault.Fault) {
	for key, met := range proofs {
		number, err := strconv.Atoi(key)
		if err != nil || number < 1 || number > 12 || (met != 0 && met != 1) {
			faults = append(faults, questionFault("option %q: %s %s = %d (items are 1-12, values 0 or 1)", option, name, key, met))
			continue
		}
		if into[option] == nil {
			into[option] = map[int]int{}
		}
		into[option][number] = met
	}
	return faults
}

// checkConditions checks that a rule refers to earlier questions only, so that no answer can
// change what was asked before it.
func (q *Questionnaire) checkConditions(query *Query, conditions []Condition) (faults []*fault.Fault) {
	for _, c := range conditions {
		questions := c.AnyOf
		if c.Question != "" {
			questions = append([]string{c.Question}, c.AnyOf...)
		}
		if len(questions) == 0 && len(c.CyberNot) == 0 {
			faults = append(faults, questionFault("a condition names neither question, any_of nor cyber_not"))
		}
		for _, id := range questions {
			earlier := q.byID[id]
			if earlier == nil || earlier == query {
				faults = append(faults, questionFault("a condition names %q, which is no question before it", fault.NewUnknown(id, q.earlier(query))))
				continue
			}
			for _, value := range slices.Concat(c.Is, c.Not) {
				if !earlier.has(value) {
					faults = append(faults, questionFault("a condition names %q, which is no option of %q", fault.NewUnknown(value, earlier.values()), id))
				}
			}
		}
	}
	return faults
}

// questionFault returns a fault of a question, whose file and id are added later.
func questionFault(format string, args ...any) *fault.Fault {
	return fault.New("", "", format, args...)
}

// values returns the values of the options.
func (query *Query) values() (all []string) {
	for _, o := range query.Options {
		all = append(all, o.Value)
	}
	return all
}

// earlier returns the ids of the questions before one.
func (q *Questionnaire) earlier(query *Query) (ids []string) {
	for _, other := range q.Questions {
		if other == query {
			break
		}
		ids = append(ids, other.ID)
	}
	return ids
}

// checkWhole checks rules that involve several questions.
func (q *Questionnaire) checkWhole(file string) (faults []error) {
	for _, id := range []string{idSize, idSector, idMunicipality, idHelpWanted, idSatisfaction} {
		if q.byID[id] == nil {
			faults = append(faults, fault.New(file, id, "this question is needed and missing"))
		}
	}
	part := 0
	for _, query := range q.Questions {
		if query.Part != 0 && query.Part < part {
			faults = append(faults, fault.New(file, query.ID, "a question of part %d comes after part %d", query.Part, part))
		}
		part = max(part, query.Part)
	}
	known := map[string]bool{}
	for _, source := range q.Sources {
		known[source.ID] = true
	}
	for _, query := range q.Questions {
		for _, id := range query.Sources {
			if !known[id] {
				faults = append(faults, fault.New(file, query.ID, "source %q is not at the end of the file", fault.NewUnknown(id, slices.Sorted(maps.Keys(known)))))
			}
		}
	}
	return faults
}

// The questions that the program refers to by id, because facts or rules need them.
const (
	idSize         = "size"
	idSector       = "sector"
	idMunicipality = "municipality"
	idSelfImage    = "self_image"
	idObstacle     = "obstacle"
	idHelpWanted   = "help_wanted"
	idSatisfaction = "satisfaction"
)

const (
	lastPart           = 4
	fromMunicipalities = "municipalities"
)

// has reports whether the value is an option of the question, hidden or not.
func (query *Query) has(value string) bool {
	if value == referral.DontKnow {
		return query.DontKnow
	}
	return slices.ContainsFunc(query.Options, func(o AnswerOption) bool { return o.Value == value })
}

// Query returns the question with the id.
func (q *Questionnaire) Query(id string) (*Query, bool) {
	query, ok := q.byID[id]
	return query, ok
}

// Scale returns the scoring part of the questionnaire.
func (q *Questionnaire) Scale() *referral.Scale { return &q.scale }

// Layout returns the layout of the questionnaire.
func (q *Questionnaire) Layout() advicecode.Layout {
	var questions []advicecode.Question
	for _, query := range q.Questions {
		if query.Part == 0 {
			continue
		}
		one := advicecode.Question{ID: query.ID}
		if query.OptionsFrom != "" {
			one.Options = []string{"*"}
		}
		for _, o := range query.Options {
			one.Options = append(one.Options, o.Value)
		}
		if query.DontKnow {
			one.Options = append(one.Options, referral.DontKnow)
		}
		questions = append(questions, one)
	}
	return advicecode.NewLayout(q.Version, questions)
}
