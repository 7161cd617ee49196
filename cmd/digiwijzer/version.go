package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCmd struct{}

// Run tells which program and which content this is.
func (cmd *versionCmd) Run(p *program) error {
	c, err := loadContent(p.config.content)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.version",
		"Version", buildVersion(), "Go", runtime.Version(), "Content", c.id,
		"Questions", fmt.Sprint(c.questions.Version), "Scoring", fmt.Sprint(c.questions.Scale().Version)))
	return err
}

// buildVersion is what Go noted when the program was built: a release, or the commit.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(devel)"
	}
	version := info.Main.Version
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && (version == "" || version == "(devel)") {
			version = setting.Value[:min(len(setting.Value), 12)]
		}
	}
	if version == "" {
		return "(devel)"
	}
	return version
}
