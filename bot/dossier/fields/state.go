package fields

// The columns that many tables have.
var (
	chat      = Column{"cid", Pseudonym, "code van het gesprek: HMAC-SHA-256 van kanaal en nummer, 128 bits"}
	batch     = Column{"batch", Technical, "groep waarmee de rij wordt overgedragen"}
	randomKey = Column{"id", Technical, "willekeurig nummer van de rij"}
	chatIn    = []Column{
		{"body.chat.channel", Personal, "kanaal"},
		{"body.chat.id", Personal, "nummer van het gesprek bij Telegram, of willekeurige code van de browser"},
	}
)

func body(text string) Column { return Column{"body", Encrypted, text} }

func with(columns []Column, more ...Column) []Column {
	return append(columns[:len(columns):len(columns)], more...)
}

func stateTables() []Table {
	return []Table{
		{State, "session", "een lopend gesprek", Check, Session, Everybody, []Column{
			{"id", Technical, "volgnummer"}, chat, {"hour", Technical, "uur waarin het gesprek verloopt"},
			{"browser", Technical, "of het gesprek in een browser loopt"},
			body("het gesprek, versleuteld met AES-256-GCM en op vaste lengte"),
			{"body.session.phase", Personal, "hoe ver het gesprek is"},
			{"body.session.answers", Personal, "de antwoorden: letters en codes, nooit getypte woorden"},
			{"body.session.open", Personal, "vraag die opnieuw openstaat"},
			{"body.session.page", Personal, "pagina die op ja of nee wacht"},
			{"body.session.rev", Technical, "teller van wijzigingen, voor knoppen"},
			{"body.session.lang", Personal, "taal"},
			{"body.session.lang_set", Personal, "of de persoon de taal koos"},
			{"body.session.partner", Personal, "code van de partner die de link gaf"},
			{"body.session.source_asked", Personal, "of is gevraagd hoe iemand hier kwam"},
			{"body.session.place", Personal, "of de gemeente met de link kwam"},
			{"body.session.channel", Personal, "kanaal"},
			{"body.session.try_out", Personal, "of het een proef is"},
			{"body.session.uncounted", Personal, "of het gesprek niet meetelt wegens te veel gesprekken van één adres"},
			{"body.session.alarmed", Personal, "of een beveiligingsincident is gemeld"},
			{"body.session.outcome", Personal, "of het advies is getoond"},
			{"body.session.follow_up", Personal, "of om de vraag na zes weken is gevraagd"},
			{"body.session.from_code", Personal, "of het gesprek met een adviescode begon"},
			{"body.session.half_year", Personal, "halfjaar van de antwoorden, als een code dat zegt"},
			{"body.session.misses", Personal, "hoe vaak achter elkaar iets niet werd begrepen"},
			{"body.surface", Personal, "nummers van de berichten op het scherm"},
			{"body.week", Personal, "week van het laatste antwoord"},
			{"body.stands", Personal, "vraag die openstaat"},
			{"body.began", Personal, "moment van het eerste antwoord, tot het advies"},
			{"body.pace.began", Personal, "moment van het begin, om misbruik te herkennen, tot het advies"},
			{"body.pace.last", Personal, "moment van het vorige antwoord, tot het advies"},
			{"body.until", Personal, "moment van verloop"},
			{"body.expires", Personal, "moment van verloop"},
		}},
		{State, "staged", "een afgerond gesprek dat nog niet in de cijfers staat", Figures, Staged, Everybody, []Column{
			{"sid", Technical, "willekeurig nummer van de rij"}, chat, {"frozen", Technical, "of de rij nog kan veranderen"}, batch,
			body("de uitslag in grove groepen, versleuteld"),
			{"body.week", Personal, "week"}, {"body.quarter", Personal, "kwartaal"}, {"body.day", Personal, "dag, om de termijn te bewaken"},
			{"body.repeat", Personal, "of het een herhaling in dit halfjaar is"}, {"body.moved", Personal, "of vooruitgang is geteld"},
			{"body.outcome.sector", Personal, "branche, samengevoegd onder de 100 bedrijven"},
			{"body.outcome.region", Personal, "deel van de regio, geen gemeente"},
			{"body.outcome.size", Personal, "grootte in klassen"},
			{"body.outcome.self_image", Personal, "eigen indruk van 1 tot 5"},
			{"body.outcome.readiness_band", Personal, "score in tientallen"},
			{"body.outcome.impact_band", Personal, "score in tientallen"},
			{"body.outcome.dii_basis", Personal, "basisniveau van de Digital Intensity Index"},
			{"body.outcome.quadrant", Personal, "kwadrant"},
			{"body.outcome.border", Personal, "of de uitslag op een grens ligt"},
			{"body.outcome.extra", Personal, "of een extra stap is getoond"},
			{"body.outcome.indicative", Personal, "of veel antwoorden ontbreken"},
			{"body.outcome.cyber", Personal, "hoe veilig het bedrijf werkt"},
			{"body.outcome.phase", Personal, "fase"},
			{"body.outcome.obstacle", Personal, "wat tegenhoudt, uit een vaste lijst"},
			{"body.outcome.help_wanted", Personal, "gewenste hulp, uit een vaste lijst"},
			{"body.outcome.satisfaction", Personal, "waardering van 1 tot 5"},
			{"body.outcome.partner", Personal, "code van de partner"},
			{"body.outcome.channel", Personal, "kanaal"},
			{"body.outcome.lang", Personal, "taal"},
			{"body.outcome.duration", Personal, "hoe lang de check duurde, in vijf klassen"},
			{"body.outcome.question_set", Technical, "versie van de vragen"},
			{"body.outcome.scoring", Technical, "versie van de puntentelling"},
			{"body.outcome.content", Technical, "versie van de inhoud"},
			{"body.outcome.target", Personal, "of het bedrijf tot de doelgroep hoort"},
			{"body.outcome.gap", Personal, "of er geen regionale hulp is"},
			{"body.outcome.referrals", Personal, "initiatieven waarnaar is verwezen"},
			{"body.outcome.mentions", Personal, "initiatieven die zijn genoemd"},
		}},
		{State, "counted", "dat een gesprek in een halfjaar is geteld", Count, Half, Everybody, []Column{chat, {"period", Pseudonym, "halfjaar"}}},
		{State, "tick", "een begin of een afgebroken gesprek dat nog niet in de cijfers staat", Figures, Staged, Everybody, []Column{
			randomKey, batch, body("soort telling, versleuteld, zonder gesprek"),
			{"body.kind", Statistic, "soort telling"}, {"body.detail", Statistic, "partner, of vraag waar het stopte"},
			{"body.week", Statistic, "week"}, {"body.n", Statistic, "aantal"},
		}},
		{State, "transition", "vooruitgang sinds een eerdere check, die nog niet in de cijfers staat", Figures, Staged, Everybody, []Column{
			randomKey, chat, batch, body("twee kwadranten en twee aantallen, versleuteld"),
			{"body.then", Personal, "kwadrant toen"}, {"body.now", Personal, "kwadrant nu"},
			{"body.up", Personal, "aantal onderwerpen vooruit"}, {"body.down", Personal, "aantal onderwerpen achteruit"},
			{"body.quarter", Personal, "kwartaal"}, {"body.day", Personal, "dag, om de termijn te bewaken"},
		}},
		{State, "followup", "de vraag na zes weken, voor wie daarom vroeg", After, Follow, Everybody, with([]Column{
			chat, {"day", Pseudonym, "dag waarop de vraag komt, tot twee weken verschoven"}, {"tries", Technical, "hoe vaak gevraagd"},
			body("waar de vraag heen moet, versleuteld; niet wat is geadviseerd")}, with(chatIn,
			Column{"body.advice", Personal, "nummer van het bericht met het advies"},
			Column{"body.lang", Personal, "taal"},
			Column{"body.answer.initiative", Personal, "eerste helft van het antwoord: naar welk initiatief"},
			Column{"body.answer.result", Personal, "of het hielp"},
			Column{"body.answer.reason", Personal, "wat in de weg stond"})...)},
		{State, "answer", "een antwoord op die vraag, los van het gesprek", Figures, Staged, Everybody, []Column{
			randomKey, batch, body("het antwoord, versleuteld"),
			{"body.initiative", Statistic, "initiatief"}, {"body.result", Statistic, "of het hielp"}, {"body.reason", Statistic, "wat in de weg stond"},
			{"body.quarter", Statistic, "kwartaal"}, {"body.day", Statistic, "dag, om de termijn te bewaken"},
		}},
		{State, "subscriber", "een coördinator die elke maandag de cijfers in Telegram wil", Digest, Withdrawn, Telegram, with([]Column{
			chat, body("waar het bericht heen moet, versleuteld")}, with(chatIn, Column{"body.lang", Personal, "taal"})...)},
		{State, "outbox", "een bericht dat nog moet worden verstuurd", Check, Outbox, Telegram, with([]Column{
			{"id", Technical, "volgnummer"}, chat, {"slot", Technical, "plek op het scherm"}, {"edit", Technical, "of het een bericht verandert"},
			{"created", Pseudonym, "moment waarop het is klaargezet"}, {"tries", Technical, "aantal pogingen"}, {"due", Pseudonym, "moment waarop het weg mag"},
			body("het bericht, versleuteld")}, with(chatIn,
			Column{"body.slot", Technical, "plek op het scherm"}, Column{"body.edit", Technical, "of het een bericht verandert"},
			Column{"body.+bericht", Personal, "de tekst en knoppen van het bericht"})...)},
		{State, "seen", "dat een bericht of klik is verwerkt, zodat die maar één keer telt", Working, Seen, Everybody, []Column{
			{"mark", Pseudonym, "code van het bericht: HMAC-SHA-256, 128 bits"}, {"day", Pseudonym, "dag"}}},
		{State, "parked", "dat een bericht niet kon worden verwerkt, zonder inhoud", Working, Parked, Everybody, []Column{
			{"mark", Pseudonym, "code van het bericht: HMAC-SHA-256, 128 bits"}, {"class", Technical, "soort fout"}, {"day", Pseudonym, "dag"}}},
		{State, "meta", "eigenschappen van het bestand", Working, Installed, FromInside, []Column{
			{"name", Technical, "naam"}, {"value", Technical, "waarde"}}},
		compatibility(State),
	}
}

func compatibility(file string) Table {
	return Table{file, "compatibility", "welke versies van het programma het bestand kunnen lezen", Working, Installed, FromInside, []Column{
		{"of", Technical, "waarvan"}, {"min_reader", Technical, "oudste versie"}}}
}
