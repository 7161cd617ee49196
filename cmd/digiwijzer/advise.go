package main

import "encoding/json"

type adviseCmd struct{ caseFlags }

// Run reads one case and writes the advice; nothing is stored.
func (cmd *adviseCmd) Run(p *program) error {
	c, err := cmd.load(p)
	if err != nil {
		return err
	}
	lang, today, err := cmd.check(p, c.Texts)
	if err != nil {
		return err
	}
	in, err := p.readCase(p.stdin)
	if err != nil {
		return err
	}
	out, err := c.Advise(lang, in, today)
	if err != nil {
		return badAnswer(err)
	}
	return json.NewEncoder(p.stdout).Encode(out)
}
