package flows

import (
	"math"
	"slices"
	"strconv"

	"digiwijzer/referral"
)

// Result is an evaluated case with its advice.
type Result struct {
	referral.Case
	Advice  referral.Advice
	Topics  []referral.TopicScore // the eight topics, in their order
	Actions []*referral.Action    // what to do oneself, at most three
}

// assess returns the result of the session today.
func (t *turn) assess() Result {
	r := t.route()
	return t.evaluate(*r, t.s.Answers[idMunicipality], t.s.Phase == PhaseIncident, t.s.Alarmed, t.in.Today)
}

// evaluate scores a walked set of answers and applies the referral rules.
func (e *Engine) evaluate(r route, municipality string, incident, alarmed bool, today referral.Date) Result {
	c := referral.Case{
		Assessment:   referral.Assess(e.Questions.Scale(), r.effective, r.asked, alarmed),
		Size:         sizes[r.effective[idSize]],
		Sector:       r.effective[idSector],
		Municipality: municipality,
		Answers:      r.effective,
		Scale:        e.Questions.Scale(),
		Today:        today,
	}
	if incident {
		c.Cyber = referral.CyberIncident
	}
	return Result{Case: c, Advice: e.Catalogue.Advise(c), Topics: referral.Topics(c), Actions: e.Catalogue.Actions(c)}
}

// sizes maps the options of the question on size to size classes.
var sizes = map[string]referral.Size{"1": referral.Zzp, "2": referral.Micro, "10": referral.Klein, "50": referral.Midden, "250": referral.Groot}

// result shows the quadrant and the advice.
func (t *turn) result() Result {
	a := t.assess()
	t.addReply(t.pictureReply(a))
	t.addReply(t.adviceReply(a))
	return a
}

func (t *turn) pictureReply(a Result) Reply {
	blocks := []Block{
		{Style: Title, Text: Say("quadrant." + string(a.Quadrant) + ".title")},
		{Text: Say("quadrant." + string(a.Quadrant) + ".text")},
		{Text: t.scoreLine(a.Assessment)},
	}
	if a.Quadrant == referral.Unhurried && t.movingSector(a.Case) {
		blocks = append(blocks, Block{Text: Say("chat.sector_moves")})
	}
	if a.Border {
		blocks = append(blocks, Block{Style: Note, Text: Say("chat.border")})
	}
	if a.Indicative {
		blocks = append(blocks, Block{Style: Note, Text: Say("chat.indicative")})
	}
	return Reply{Slot: Picture, Blocks: append(blocks, levelBlocks(a.Topics)...), Topics: topicLevels(a), Picture: &QuadrantPicture{
		Readiness: a.Readiness, Impact: a.Impact, Quadrant: string(a.Quadrant), Border: a.Border}}
}

// scoreLine returns both scores, with the range that "weet ik niet" leaves open.
func (t *turn) scoreLine(a referral.Assessment) Phrase {
	score := func(id string, value, low, high float64) Phrase {
		if math.Round(high)-math.Round(low) < 1 {
			return Say("chat."+id, "Score", rounded(value))
		}
		return Say("chat."+id+"_band", "Score", rounded(value), "Low", rounded(low), "High", rounded(high))
	}
	return Say("chat.scores",
		"Impact", score("impact", a.Impact, a.ImpactLow, a.ImpactHigh),
		"Readiness", score("readiness", a.Readiness, a.ReadinessLow, a.ReadinessHigh))
}

func rounded(f float64) string { return strconv.Itoa(int(math.Round(f))) }

// movingSector reports whether a business expects no loss of turnover in a sector that
// does change (OECD taxonomy of digital-intensive sectors; Birch 2022 for bouw, horeca,
// handel).
func (t *turn) movingSector(c referral.Case) bool {
	loss := c.Answers["revenue_at_risk"]
	return (loss == "a" || loss == referral.DontKnow) &&
		slices.Contains([]string{"retail", "groothandel", "horeca", "bouw", "zakelijk", "media", "ict"}, c.Sector)
}

// adviceReply returns the advice: the message that people keep and forward.
func (t *turn) adviceReply(a Result) Reply {
	blocks := append(make([]Block, 0, 32), t.cardBlocks(a)...)
	blocks = append(blocks, t.actionBlocks(a)...)
	if len(a.Advice.Steps) > 0 {
		title := "chat.steps"
		if len(a.Advice.Steps) == 1 {
			title = "chat.single_step"
		}
		blocks = append(blocks, Block{Style: Title, Text: Say(title)})
	}
	var keys [][]Button
	told := map[referral.Because]bool{}
	for i, step := range a.Advice.Steps {
		blocks = append(blocks, t.stepBlocks(withoutRepeats(step, told), i+1)...)
		keys = append(keys, t.linkTo(step.Initiative.Name, step.URL)...)
	}
	for _, step := range a.Advice.Closing {
		blocks = append(blocks, Block{Style: Note, Text: Say(step.Reason)})
		keys = append(keys, t.linkTo(step.Initiative.Name, step.URL)...)
	}
	for _, step := range a.Advice.Notes {
		blocks = append(blocks, Block{Style: Note, Text: Say(step.Reason)})
		keys = append(keys, t.linkTo(step.Initiative.Name, step.URL)...)
	}
	if a.Advice.Card == referral.CardNothing || len(a.Advice.Steps) == 0 {
		blocks = append(blocks, tipBlocks(a.Assessment)...)
	}
	if t.s.TryOut {
		blocks = append(blocks, Block{Style: Caveat, Text: Say("chat.try_out_result")})
	}
	keys = append(keys,
		[]Button{{Label: Say("chat.why_button"), Action: DoWhy, Role: RoleMenu}, {Label: Say("chat.more_button"), Action: DoMore, Role: RoleMenu}},
		[]Button{{Label: Say("chat.my_answers"), Action: DoAnswers, Role: RoleMenu}})
	keys = append(keys, t.preparedRow(a)...)
	after, last := t.ratingOrFollowUp()
	return Reply{Slot: Advice, Blocks: append(blocks, after...), Keys: append(keys, last...)}
}

// withoutRepeats keeps the two most telling answers of a step's reason that no earlier
// step named: the advice is read on a phone. "Waarom dit advies?" names them all.
func withoutRepeats(step referral.Step, told map[referral.Because]bool) referral.Step {
	var because []referral.Because
	for _, b := range step.Because {
		if !told[b] && len(because) < 2 {
			because, told[b] = append(because, b), true
		}
	}
	step.Because = because
	return step
}

func (t *turn) cardBlocks(a Result) (blocks []Block) {
	switch a.Advice.Card {
	case referral.CardNothing:
		blocks = append(blocks, Block{Style: Title, Text: Say("chat.nothing_title")}, Block{Text: Say("reason.R41")})
	case referral.CardTooLittle:
		blocks = append(blocks, Block{Text: Say("chat.too_little")})
	}
	if a.Answers[idHelpWanted] == "geen" {
		blocks = append(blocks, Block{Text: Say("chat.no_help_wanted")})
	}
	if a.Advice.Sizable {
		blocks = append(blocks, Block{Text: Say("chat.sizable")})
	}
	if a.Advice.Outside {
		blocks = append(blocks, Block{Text: Say("chat.outside")})
	}
	return blocks
}

// stepBlocks describes one initiative: what it is, why, what happens next. Number 0
// leaves the number out.
func (t *turn) stepBlocks(step referral.Step, number int) []Block {
	id := step.Initiative.ID
	blocks := []Block{{Style: StepName, Number: number, URL: step.URL,
		Text: Say("chat.step", "Name", step.Initiative.Name, "Pitch", Say("initiative."+id+".pitch"))}}
	if step.Extra && number > 0 {
		blocks[0].Text = Say("chat.step_extra", "Name", step.Initiative.Name, "Pitch", Say("initiative."+id+".pitch"))
	}
	blocks = append(blocks, Block{Style: Why, Text: Say("chat.why", "Reason", t.Engine.why(step))})
	if step.Via != nil {
		blocks = append(blocks, Block{Style: Next, Text: Say("chat.via", "Name", step.Via.Name)})
	}
	for _, part := range []string{".next", ".cost"} {
		if t.Words != nil && t.Words(t.Languages[0], "initiative."+id+part) != "" {
			blocks = append(blocks, Block{Style: Next, Text: Say("initiative." + id + part)})
		}
	}
	if phone := step.Initiative.Phone(t.in.Today); phone != "" {
		blocks = append(blocks, Block{Style: Next, Text: Say("chat.phone", "Phone", phone)})
	}
	if step.Caveat {
		blocks = append(blocks, Block{Style: Caveat, Text: Say("chat.caveat")})
	}
	return blocks
}

// Reason returns why a step is advised, as a text on its own: the reason of its rule
// and the answers that made it fire.
func (e *Engine) Reason(step referral.Step) Phrase { return e.reason("chat.reason_alone", step) }

// why returns the same for use after "Waarom:", where the answers come first.
func (e *Engine) why(step referral.Step) Phrase { return e.reason("chat.reason", step) }

func (e *Engine) reason(text string, step referral.Step) Phrase {
	if len(step.Because) == 0 {
		return Say(step.Reason)
	}
	because := make(List, 0, len(step.Because))
	for _, b := range step.Because {
		if b.Question == idMunicipality {
			because = append(because, e.becauseOfPlace(b.Value))
			continue
		}
		because = append(because, Say("because."+b.Question+"."+b.Value))
	}
	return Say(text, "Reason", Say(step.Reason), "Because", because)
}

func (e *Engine) becauseOfPlace(code string) Phrase {
	if m, ok := e.Catalogue.Region().Municipality(code, ""); ok {
		return Say("because.municipality", "Place", m.Name)
	}
	return Say("because.municipality." + referral.Outside)
}

// ratingOrFollowUp returns what follows the advice: the rating, then the offer of a
// follow-up after six weeks.
func (t *turn) ratingOrFollowUp() (blocks []Block, keys [][]Button) {
	if t.s.Phase != PhaseRated {
		query, _ := t.Questions.Query(idSatisfaction)
		f := t.forms[query.ID]
		r := t.route()
		return []Block{{Style: Question, Text: f.text}}, t.optionKeys(f, r)
	}
	if t.s.FollowUp {
		return nil, [][]Button{{{Label: Say("chat.followup_withdraw"), Action: DoNoFollow, Role: RoleMenu}}}
	}
	if t.s.TryOut || !t.in.Can.Push {
		return nil, nil
	}
	return []Block{{Style: Hint, Text: Say("chat.followup")}},
		[][]Button{{{Label: Say("chat.followup_yes"), Action: DoFollowUp, Role: RoleMenu}}}
}

// dii returns the result on the Digital Intensity Index: only items certainly met count.
func dii(a referral.Assessment) Phrase {
	return Say("chat.dii", "Met", strconv.Itoa(a.DII.Met), "Measured", strconv.Itoa(a.DII.Measured))
}

// stage sets the outcome to be counted.
func (t *turn) stage(a Result) {
	t.facts.Outcome = t.outcome(a)
}

func (t *turn) outcome(a Result) *Outcome {
	region := referral.RegionOutside
	if m, ok := t.Catalogue.Region().Municipality(a.Municipality, t.in.Today); ok {
		region = m.Region
	}
	o := &Outcome{
		Sector: a.Sector, Region: region, Size: string(a.Size), SelfImage: a.Answers[idSelfImage],
		ReadinessBand: band(a.Readiness), ImpactBand: band(a.Impact), DIIBasis: a.DII.Basis,
		Quadrant: string(a.Quadrant), Border: a.Border, Extra: a.Extra, Indicative: a.Indicative,
		Cyber: string(a.Cyber), Phase: string(a.Phase),
		Obstacle: a.Answers[idObstacle], HelpWanted: a.Answers[idHelpWanted], Satisfaction: t.s.Answers[idSatisfaction],
		Partner: t.s.Partner, Channel: t.s.Channel, Lang: t.s.Lang,
		QuestionSet: t.Questions.Version, Scoring: t.Questions.Scale().Version, Content: t.ID,
		Target: region != referral.RegionOutside && a.Size.SmallEnough(), Gap: a.Advice.Gap,
	}
	o.Referrals = initiatives(a.Advice.Steps, nil)
	o.Mentions = initiatives(slices.Concat(a.Advice.Closing, a.Advice.More, a.Advice.Notes), o.Referrals)
	return o
}

// band returns a score (0–100) in tens: 0–9.
func band(score float64) int { return min(int(score/10), 9) }

// initiatives returns the distinct ids of steps that are not in except.
func initiatives(steps []referral.Step, except []string) (ids []string) {
	for _, step := range steps {
		if id := step.Initiative.ID; !slices.Contains(ids, id) && !slices.Contains(except, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
