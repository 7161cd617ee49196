package referral

// Outliner is Advise for callers that need only the selection. It takes half the time: it reuses its buffers and looks
// up nothing that is shown about an initiative. Not safe for concurrent use.
type Outliner struct {
	catalogue *Catalogue
	k         Case
	in        inputs
	draft     draft
	advice    Advice
}

// NewOutliner returns an outliner of a catalogue.
func NewOutliner(c *Catalogue) *Outliner { return &Outliner{catalogue: c} }

// Outline returns the advice of Advise, with only Initiative, Rule, Reason, Extra and Caveat of its steps. It is valid
// until the next call.
func (o *Outliner) Outline(k *Case) *Advice {
	o.k = *k
	o.in = o.catalogue.region.inputs(&o.k)
	d, a := &o.draft, &o.advice
	d.reset(&o.in)
	*a = Advice{Steps: a.Steps[:0], Closing: a.Closing[:0], More: a.More[:0], Notes: a.Notes[:0]}
	if r := d.choose(o.catalogue); r != nil {
		a.Card = r.Card
		return a
	}
	a.Card, a.Gap, a.Sizable, a.Outside = d.card, d.gap, d.sizable, d.outside
	a.Steps, a.Closing = d.appendOutline(a.Steps, d.steps), d.appendOutline(a.Closing, d.closing)
	a.More, a.Notes = d.appendOutline(a.More, d.more), d.appendOutline(a.Notes, d.notes)
	return a
}

// reset empties a draft and keeps its buffers.
func (d *draft) reset(in *inputs) {
	*d = draft{
		in: in, keep: d.keep[:0], modifiers: d.modifiers[:0], candidates: d.candidates[:0],
		steps: d.steps[:0], more: d.more[:0], closing: d.closing[:0], notes: d.notes[:0],
	}
}

func (d *draft) appendOutline(steps []Step, list []candidate) []Step {
	for i := range list {
		c := &list[i]
		steps = append(steps, Step{Initiative: c.initiative, Rule: c.rule, Reason: c.reason(), Extra: c.extra, Caveat: !c.initiative.Trusted(d.in.Today)})
	}
	return steps
}
