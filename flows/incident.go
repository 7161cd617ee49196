package flows

// incidentStep is one item of the incident card. The number to call and the address are
// those of the initiative, if it names one.
type incidentStep struct {
	text       string // incident.<text>.title and .text
	initiative string
}

// incidentSteps are what to do in an incident, in order: what stops the damage, then who
// helps, then what the law requires. To disconnect and to pay no ransom:
// https://veiliginternetten.nl/thema/cybercrime-en-incidenten/hoe-kan-ik-ransomware-verwijderen
// and https://politie.nl/informatie/wat-is-ransomware-dan-zijn-uw-computerbestanden-ontoegankelijk-gemaakt.html.
// To keep the logs: https://pvoaa.nl/tips/slachtoffer-van-cybercrime-wat-moet-ik-doen/.
var incidentSteps = []incidentStep{
	{text: "offline"}, {text: "bank"}, {text: "it"}, {"police", "politie"}, {"breach", "autoriteit-persoonsgegevens"}, {"fraud", "fraudehelpdesk"},
}

// incidentDonts are what not to do.
var incidentDonts = []string{"incident.dont.pay", "incident.dont.delete", "incident.dont.log_in"}

// incidentCard shows what to do first in a security incident, as a numbered list.
func (t *turn) incidentCard() {
	blocks := []Block{{Style: Title, Text: Say("incident.title")}, {Text: Say("incident.how")}}
	var keys [][]Button
	for i, step := range incidentSteps {
		text := "incident." + step.text
		initiative, known := t.Catalogue.Initiative(step.initiative)
		url := ""
		if known && initiative.Live(t.in.Today) {
			url, _ = initiative.Address(t.in.Today)
		}
		blocks = append(blocks, Block{Style: StepName, Number: i + 1, URL: url, Text: Say(text + ".title")},
			Block{Style: Next, Text: Say(text + ".text")})
		if known {
			blocks = append(blocks, callBlocks(initiative.Name, initiative.Phone(t.in.Today))...)
			keys = append(keys, t.linkTo(initiative.Name, url)...)
		}
	}
	blocks = append(blocks, Block{Style: Title, Text: Say("incident.dont")})
	for _, text := range incidentDonts {
		blocks = append(blocks, Block{Style: Note, Text: Say(text)})
	}
	blocks = append(blocks, Block{Style: Hint, Text: Say("incident.later")})
	keys = append(keys, []Button{{Label: Say("chat.continue"), Action: DoContinue, Role: RolePrimary}})
	t.addReply(Reply{Slot: Aside, Fresh: true, Blocks: blocks, Keys: keys})
}
