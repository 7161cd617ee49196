package flows

// preparedRow returns the button that copies a question for a staffed help desk, so that someone
// who goes there is understood at once. It holds what the person would have to explain anyway; it
// is sent to nobody.
func (t *turn) preparedRow(a Result) [][]Button {
	desk, _ := t.desk()
	size, sector := t.forms[idSize].option(a.Answers[idSize]), t.forms[idSector].option(a.Answers[idSector])
	if !t.in.Can.Copy || desk == nil || size == nil || sector == nil {
		return nil
	}
	id, wish := "talk.prepared", t.forms[idHelpWanted].option(a.Answers[idHelpWanted])
	if _, wants := t.Wish(a); !wants || wish == nil {
		id, wish = "talk.prepared_open", size
	}
	question := Say(id, "Size", size.full, "Sector", sector.full, "Wish", wish.full,
		"Readiness", rounded(a.Readiness), "Impact", rounded(a.Impact))
	return [][]Button{{{Label: Say("talk.prepared_button", "Name", desk.Name), Copy: &question, Role: RoleMenu}}}
}
