package main

import (
	"digiwijzer/bot/settings"
	"log/slog"
)

// logger returns the log of the program: text for people at a terminal, and JSON where its
// lines are collected, unless the configuration says otherwise.
func (p *program) logger() *slog.Logger {
	form := p.Settings.Log
	if _, terminal := terminalOf(p.stderr); form == "" && !terminal {
		form = settings.LogJSON
	}
	if form == settings.LogJSON {
		return slog.New(slog.NewJSONHandler(p.stderr, nil))
	}
	return slog.New(slog.NewTextHandler(p.stderr, nil))
}
