package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"unicode/utf8"

	"digiwijzer/bot/report"
	"digiwijzer/bot/telegram"
	"digiwijzer/bot/web"
	"digiwijzer/flows/content"
	"digiwijzer/referral"
	"digiwijzer/store/figures"
)

const (
	dashboardWeeks    = 13 // shown unless a period is asked for: a quarter of a year
	dashboardQuarters = 8  // closed ones offered: two years
	leastToken        = 16 // characters: one that nobody guesses
)

// newDashboard prepares the coordinators' pages; nil without a token. Those of a demo need
// none.
func (s *service) newDashboard() (*web.Dashboard, error) {
	d := &web.Dashboard{Demo: s.demo, Figures: s.periodFigures, Quarters: s.closedQuarters, Editor: s.editorLines}
	if s.demo {
		return d, nil
	}
	secret, err := s.config.dashboardToken()
	if err != nil || secret.Empty() {
		return nil, err
	}
	if n := utf8.RuneCountInString(secret.Reveal()); n < leastToken {
		return nil, badInputf("DIGIWIJZER_DASHBOARD_TOKEN: has %d characters; %d or more are needed, such as those of: openssl rand -hex 16", n, leastToken)
	}
	d.Token = sha256.Sum256([]byte(secret.Reveal()))
	return d, nil
}

// periodFigures gathers the figures of a period as coordinators see them.
func (s *service) periodFigures(ctx context.Context, lang string, p web.Period) (report.Report, error) {
	c := s.content.Current()
	var made report.Report
	var err error
	switch {
	case p.Quarter != "":
		made, err = office{s}.report(ctx, c, telegram.Request{Lang: lang, Page: telegram.PageQuarter, About: p.Quarter})
	case p.Week != "":
		made, err = office{s}.report(ctx, c, telegram.Request{Lang: lang, Page: telegram.PageWeek, About: p.Week})
	default:
		made, err = s.recentFigures(ctx, c, lang)
	}
	if isBadInput(err) {
		return made, web.ErrNoPeriod
	}
	made.Invented = s.demo
	return made, err
}

// recentFigures gathers the last weeks and the one that runs.
func (s *service) recentFigures(ctx context.Context, c *content.Edition, lang string) (report.Report, error) {
	now := s.clock.Now()
	made := report.Report{Words: reportWords(c, lang)}
	f, err := openFigures(ctx, s.program)
	if err != nil {
		return made, err
	}
	defer f.Close()
	period := figures.Period{From: referral.WeekOf(now.AddDate(0, 0, -7*(dashboardWeeks-1))), To: referral.WeekOf(now)}
	if made.Weekly, err = f.weekly(ctx, period, reported(c), c.Catalogue.Region().Figures().YearTarget); err != nil {
		return made, err
	}
	made.Weekly.Running = period.To
	return made, nil
}

// closedQuarters lists the closed quarters in which something was counted.
func (s *service) closedQuarters(ctx context.Context) (closed []string, err error) {
	now := s.clock.Now()
	f, err := openFigures(ctx, s.program)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	quarter, err := figures.ParseQuarter(referral.QuarterOf(now))
	if err != nil {
		return nil, err
	}
	for n := 1; n <= dashboardQuarters; n++ {
		q := quarter.Before(n)
		r, err := f.report(ctx, q.Weeks(), nil)
		if err != nil {
			return nil, err
		}
		if q.Closed(now, r.Waiting) && r.Totals.Started+r.Totals.Completed > 0 {
			closed = append(closed, string(q))
		}
	}
	return closed, nil
}

// editorLines tells what somebody must check, in the words that coordinators get in
// Telegram.
func (s *service) editorLines(lang string) []string {
	c := s.content.Current()
	return office{s}.editor(c, func(id string, pairs ...any) string { return c.Texts.Text(lang, "coordinator."+id, pairs...) })
}

// announceDashboard tells where the figures are.
func (s *service) announceDashboard(address string) {
	switch {
	case s.demo:
		fmt.Fprintln(s.stdout, s.say("dashboard.demo.address", "Address", address))
	case s.dashboard != nil:
		fmt.Fprintln(s.stdout, s.say("dashboard.address", "Address", address))
	}
}
