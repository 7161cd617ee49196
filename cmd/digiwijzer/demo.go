package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"digiwijzer/bot"
	"digiwijzer/bot/secret"
	"digiwijzer/flows"
	"digiwijzer/flows/simulation"
	"digiwijzer/locales"
	"digiwijzer/referral"
	"digiwijzer/store"
)

const (
	demoPeople = 280
	demoWeeks  = 26 // as many hold a closed quarter nearly always
	demoSeed   = 1
)

// demoPartners are the codes of invented partners; their names are texts.
var demoPartners = []string{"loket", "vereniging", "bieb"}

// throwAway gives the program a folder and a key that go when the demo ends, and takes
// away what would mix it with anything real: a bot's token would make the demo answer
// people who did not ask for one.
func (p *program) throwAway() (demo *program, remove func() error, err error) {
	dir, err := os.MkdirTemp("", "digiwijzer-demo-*")
	if err != nil {
		return nil, nil, err
	}
	changed := *p
	c := &changed.config
	if !c.BotToken.Empty() || c.BotTokenFile != "" {
		fmt.Fprintln(p.stderr, p.say("dashboard.demo.telegram"))
	}
	c.Data, c.KeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "digiwijzer.key")
	c.BotToken, c.BotTokenFile, c.Webhook, c.Coordinators = secret.Value{}, "", nil, nil
	return &changed, func() error { return os.RemoveAll(dir) }, nil
}

// inventPartners adds partners that do not exist to the folder of a demo.
func (s *service) inventPartners(ctx context.Context) error {
	book, err := store.OpenPartnerBook(ctx, s.config.Data)
	if err != nil {
		return err
	}
	for _, code := range demoPartners {
		name := s.texts().Text(locales.Default, "dashboard.demo.partner."+code)
		err = errors.Join(err, book.Put(ctx, flows.Partner{Code: code, Name: name, Kind: flows.PartnerOther}))
	}
	return errors.Join(err, book.Close())
}

// demo is the making of a demo's figures: a synthetic population has the real
// conversation, and the storage counts it as it counts everybody.
type demo struct {
	engine *flows.Engine
	random *rand.Rand
	today  referral.Date
}

// fillDemo lets the invented population do the check, week after week until now.
func (s *service) fillDemo(ctx context.Context) error {
	c, now := s.content.Current(), s.clock.Now()
	population, err := simulation.ParsePopulation(simulation.EmbeddedPopulation(), c.Questions, c.Catalogue.Region())
	if err != nil {
		return err
	}
	d := &demo{engine: c.Engine, random: rand.New(rand.NewPCG(demoSeed, demoPeople)), today: referral.DayOf(now)}
	people, err := simulation.Draw(d.engine, population, simulation.Sample{N: demoPeople, Seed: demoSeed, Today: d.today})
	if err != nil {
		return err
	}
	d.random.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	done := 0
	for week := range demoWeeks {
		end := now.AddDate(0, 0, -7*(demoWeeks-1-week))
		next := demoBy(week + 1)
		if err := s.countDemo(ctx, d, people, done, next, end); err != nil {
			return err
		}
		if done = next; week%9 == 8 || week == demoWeeks-1 {
			fmt.Fprintln(s.stderr, s.say("dashboard.demo.filling", "N", strconv.Itoa(done), "Of", strconv.Itoa(demoPeople)))
		}
	}
	return ctx.Err()
}

// demoBy is how many people came in so many weeks: slowly more each week.
func demoBy(weeks int) int {
	return int(demoPeople * math.Pow(float64(weeks)/demoWeeks, 1.3))
}

// countDemo lets the people numbered from first to before last come in the week up to end.
func (s *service) countDemo(ctx context.Context, d *demo, people []map[string]string, first, last int, end time.Time) error {
	var works []bot.Work
	for i := first; i < last; i++ {
		v := d.visitor(i, people[i], end.Add(-time.Duration(d.random.Int64N(int64(7*24*time.Hour)))))
		works = append(works, bot.Work{Chats: []bot.Chat{v.chat}, Do: func(tx bot.Tx) error { return d.visit(tx, v) }})
	}
	each, err := s.store.Apply(ctx, works)
	if err = errors.Join(append(each, err)...); err != nil {
		return err
	}
	_, err = s.store.HandOver(ctx, end)
	return err
}

// visitor is an invented person.
type visitor struct {
	chat    bot.Chat
	lang    string
	partner string
	answers map[string]string
	leaves  int // after so many answers; 0: stays to the end
	now     time.Time
}

// visitor draws how number i comes in. These shares are invented too.
func (d *demo) visitor(i int, answers map[string]string, now time.Time) visitor {
	v := visitor{chat: bot.Chat{Channel: "telegram", ID: "demo-" + strconv.Itoa(i)}, lang: locales.Default, answers: answers, now: now}
	if d.chance(0.45) {
		v.chat.Channel = "web"
	}
	if d.chance(0.1) {
		v.lang = "en"
	}
	if d.chance(0.55) {
		v.partner = demoPartners[d.random.IntN(len(demoPartners))]
	}
	if d.chance(0.2) {
		v.leaves = 1 + d.random.IntN(12)
	}
	if i > 30 && d.chance(0.04) { // someone who was here before
		v.chat.ID = "demo-" + strconv.Itoa(i-30)
	}
	return v
}

func (d *demo) chance(of float64) bool { return d.random.Float64() < of }

// visit is one conversation, from its beginning to its advice or to where it was left.
func (d *demo) visit(tx bot.Tx, v visitor) error {
	turn := d.engine.Step(flows.Session{}, flows.Input{Kind: flows.Start, Link: flows.Link{Partner: v.partner},
		Lang: v.lang, Channel: v.chat.Channel, Today: d.today})
	if err := tx.Tick(bot.TickStarted, v.partner, referral.WeekOf(v.now)); err != nil {
		return err
	}
	for n := 0; turn.Facts.Outcome == nil; n++ {
		question := d.engine.Pending(turn.Session)
		switch {
		case question == "" || n > len(d.engine.Questions.Questions):
			return fmt.Errorf("the demo cannot go on after %d answers, at %q", n, question)
		case v.leaves > 0 && n == v.leaves:
			return tx.Tick(bot.TickStopped, question, referral.WeekOf(v.now))
		}
		turn = d.answer(turn.Session, v, question)
	}
	if d.chance(0.7) {
		v.answers["satisfaction"] = strconv.Itoa(min(5, 2+d.random.IntN(5)))
		if rated := d.answer(turn.Session, v, "satisfaction"); rated.Facts.Outcome != nil {
			turn = rated
		}
	}
	if err := tx.Stage(v.chat, *turn.Facts.Outcome, v.now); err != nil {
		return err
	}
	return errors.Join(tx.Freeze(v.chat), d.followUp(tx, v, *turn.Facts.Outcome))
}

// answer gives the person's answer. The question through whom they came is passed by.
func (d *demo) answer(s flows.Session, v visitor, question string) flows.Turn {
	option, ok := v.answers[question]
	if !ok {
		option = flows.SourceSkip
	}
	return d.engine.Step(s, flows.Input{Kind: flows.Answer, Question: question, Option: option, Rev: s.Rev,
		Lang: v.lang, Channel: v.chat.Channel, Today: d.today})
}

// followUp lets some answer the question after six weeks, if those have passed.
func (d *demo) followUp(tx bot.Tx, v visitor, o flows.Outcome) error {
	due := v.now.AddDate(0, 0, 45)
	if referral.DayOf(due) > d.today || len(o.Referrals) == 0 || d.chance(0.6) {
		return nil
	}
	if err := tx.FollowUp(v.chat, due, ""); err != nil {
		return err
	}
	if _, _, err := tx.Remind(v.chat, due); err != nil {
		return err
	}
	answer := flows.Followed{Initiative: flows.StepNone, Reason: "tijd"}
	if d.chance(0.5) {
		results := []string{"ja", "ja", "beetje", "vroeg", "nee"}
		answer = flows.Followed{Initiative: o.Referrals[0], Result: results[d.random.IntN(len(results))]}
	}
	return tx.Followed(v.chat, answer, due)
}
