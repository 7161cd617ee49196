package main

import (
	"digiwijzer/bot/settings"
	"log/slog"
)

// logger returns the log of the program: text on a terminal, and otherwise JSON, unless the configuration
// sets the format.
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
