package publishing

import (
	"encoding/json"
	"strings"

	"digiwijzer/flows"
	"digiwijzer/flows/advicecode"
	"digiwijzer/flows/content"
	"digiwijzer/flows/content/edit"
)

const questionsFile = "flows/questions.toml"

// number gives the draft the numbers that its questions need: changed questions or options get a local
// question set, whose layout is added to the readable ones, and changed points another scoring. Without
// such differences the numbers are those of the head. Content with faults keeps its numbers until they are
// corrected.
func (w *work) number() error {
	_, changed := w.files[questionsFile]
	if _, numbered := w.files[content.LocalLayouts]; !changed && !numbered {
		return nil
	}
	w.write(content.LocalLayouts, w.published(content.LocalLayouts))
	before, err := w.s.load(w.head.files)
	if err != nil {
		return nil //nolint:nilerr // of another program: the gate reports the fault
	}
	whole, err := w.whole()
	if err != nil {
		return refuseFor(BadFile, err.Error(), err)
	}
	after, err := w.s.load(whole)
	if err != nil {
		return nil //nolint:nilerr // the findings describe the fault
	}
	set := w.questionSet(before.Questions, after.Questions)
	scoring, err := w.scoring(before.Questions, after.Questions)
	if err != nil {
		return err
	}
	doc, err := edit.Parse(w.s.inForce(questionsFile, w.data(questionsFile)))
	if err != nil {
		return err
	}
	if set != after.Questions.Version {
		if doc, err = doc.Set(edit.Path{}.Key("question_set"), set); err != nil {
			return err
		}
	}
	if scoring != after.Questions.Scale().Version {
		if doc, err = doc.Set(edit.Path{}.Key("scoring"), scoring); err != nil {
			return err
		}
	}
	w.write(questionsFile, doc.Bytes())
	return nil
}

// scoring returns the number of the points of questions after others: one that no edition had with other
// points. Numbers from 128 are local.
func (w *work) scoring(before, after *flows.Questionnaire) (int, error) {
	number := after.Scale().Version
	switch {
	case sameScale(before, after) && number >= advicecode.FirstLocalSet:
		return before.Scale().Version, nil
	case sameScale(before, after):
		return number, nil
	}
	published, err := w.tx.Editions(0, 0)
	if err != nil {
		return 0, err
	}
	next := advicecode.FirstLocalSet
	for _, e := range published {
		next = max(next, e.Scoring+1)
	}
	return next, nil
}

// questionSet returns the number of questions after others, and adds the layout of a question
// set that is new.
func (w *work) questionSet(before, after *flows.Questionnaire) int {
	now := after.Layout()
	switch known, ok := after.Layouts.Find(after.Version); {
	case now.Fingerprint == before.Layout().Fingerprint && after.Version >= advicecode.FirstLocalSet:
		return before.Version
	case now.Fingerprint == before.Layout().Fingerprint, ok && known.Fingerprint == now.Fingerprint:
		return after.Version
	}
	l, ok := after.Layouts.Next(now.Questions)
	if !ok {
		return after.Version // the gate reports that it has no codes
	}
	local := string(w.published(content.LocalLayouts))
	if local != "" && !strings.HasSuffix(local, "\n\n") {
		local += "\n"
	}
	w.write(content.LocalLayouts, []byte(local+l.String()))
	return l.Number
}

// sameScale reports whether questions are scored alike.
func sameScale(a, b *flows.Questionnaire) bool {
	left, right := *a.Scale(), *b.Scale()
	left.Version, right.Version = 0, 0
	before, err := json.Marshal(left)
	if err != nil {
		return false
	}
	after, err := json.Marshal(right)
	return err == nil && string(before) == string(after)
}

// withLayouts adds the layouts of one edition to the files of an earlier one: published layouts must remain
// readable.
func withLayouts(files, current content.Files) (content.Files, error) {
	layouts, ok := current.Read(content.LocalLayouts)
	if !ok {
		return files, nil
	}
	all := files.Map()
	all[content.LocalLayouts] = layouts
	return content.NewFiles(all)
}
