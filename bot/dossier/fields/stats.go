package fields

var (
	recordKey = Column{"rkey", Technical, "getal waarmee aantallen worden afgerond, afgeleid van het nummer van de rij"}
	quarter   = Column{"quarter", Statistic, "kwartaal"}
	groupSize = []Column{randomKey, {"n", Statistic, "aantal rijen in de groep, minstens vijf"}, {"stripped", Technical, "of de rijen wegens de termijn zijn weggelaten"}}
)

func statsTables() []Table {
	return []Table{
		{Stats, "outcome", "een afgerond gesprek, per kwartaal en in grove groepen, zonder persoon", Figures, Kept, Everybody, []Column{
			randomKey, quarter,
			{"sector", Statistic, "branche, samengevoegd onder de 100 bedrijven"}, {"region", Statistic, "deel van de regio, geen gemeente"},
			{"size", Statistic, "grootte in klassen"}, {"self_image", Statistic, "eigen indruk van 1 tot 5"},
			{"readiness_band", Statistic, "score in tientallen"}, {"impact_band", Statistic, "score in tientallen"},
			{"dii_basis", Statistic, "basisniveau van de Digital Intensity Index"}, {"quadrant", Statistic, "kwadrant"},
			{"border", Statistic, "op de grens"}, {"extra", Statistic, "extra stap getoond"}, {"indicative", Statistic, "veel antwoorden ontbreken"},
			{"cyber", Statistic, "hoe veilig het bedrijf werkt"}, {"phase", Statistic, "fase"}, {"obstacle", Statistic, "wat tegenhoudt"},
			{"help_wanted", Statistic, "gewenste hulp"}, {"satisfaction", Statistic, "waardering van 1 tot 5"},
			{"partner", Statistic, "code van de partner"}, {"channel", Statistic, "kanaal"}, {"lang", Statistic, "taal"},
			{"duration", Statistic, "hoe lang de check duurde, in vijf klassen"},
			{"question_set", Technical, "versie van de vragen"}, {"scoring", Technical, "versie van de puntentelling"}, recordKey,
		}},
		{Stats, "outcome_referral", "naar welk initiatief een afgerond gesprek verwees", Figures, Kept, Everybody, []Column{
			{"outcome", Technical, "nummer van die rij"}, {"initiative", Statistic, "initiatief"}}},
		{Stats, "batch", "een groep rijen die samen is overgedragen", Figures, Kept, FromInside, with(groupSize, quarter)},
		{Stats, "counter", "een aantal per week", Figures, Kept, FromInside, []Column{
			{"week", Statistic, "week"}, {"kind", Statistic, "wat is geteld"}, {"key", Statistic, "van welk initiatief, welke partner, welke vraag, welk kanaal of welke tijdsduur"},
			{"n", Statistic, "aantal"}, {"k", Technical, "getal waarmee het aantal wordt afgerond"}}},
		{Stats, "tally", "een aantal per kwartaal en kenmerk", Figures, Kept, FromInside, []Column{
			quarter, {"dimension_a", Statistic, "kenmerk"}, {"dimension_b", Statistic, "tweede kenmerk"},
			{"value_a", Statistic, "waarde"}, {"value_b", Statistic, "waarde van het tweede"},
			{"n", Statistic, "aantal"}, {"k", Technical, "getal waarmee het aantal wordt afgerond"}}},
		{Stats, "followup_batch", "een groep antwoorden die samen is overgedragen", Figures, Kept, FromInside, groupSize},
		{Stats, "followup_result", "een antwoord op de vraag na zes weken, bij geen gesprek", Figures, Kept, Everybody, []Column{
			randomKey, quarter, {"initiative", Statistic, "initiatief"}, {"result", Statistic, "of het hielp"},
			{"reason", Statistic, "wat in de weg stond"}, recordKey}},
		{Stats, "transition_batch", "een groep rijen over vooruitgang die samen is overgedragen", Figures, Kept, FromInside, groupSize},
		{Stats, "transition", "hoe ver een bedrijf kwam sinds een eerdere check, bij geen gesprek", Figures, Kept, Everybody, []Column{
			randomKey, recordKey, quarter, {"quadrant_then", Statistic, "kwadrant toen"}, {"quadrant_now", Statistic, "kwadrant nu"},
			{"topics_up", Statistic, "aantal onderwerpen vooruit"}, {"topics_down", Statistic, "aantal onderwerpen achteruit"}}},
		{Stats, "release", "wat over een periode is verteld, zoals het was", Figures, Kept, FromInside, []Column{
			{"period", Statistic, "periode"}, {"level", Statistic, "niveau"}, {"dimensions", Statistic, "tabel"}, {"week", Technical, "week van maken"},
			{"hash", Technical, "controlegetal"}, {"content", Statistic, "de afgeronde cijfers"}}},
		{Stats, "edition", "welke versie van de inhoud in een kwartaal in gebruik was", Figures, Kept, FromInside, []Column{
			quarter, {"content", Technical, "versie"}}},
		{Stats, "partner", "een organisatie die de link uitdeelt", Partner, Kept, Staffed, []Column{
			{"code", Technical, "code in de link"}, {"label", Technical, "naam van de organisatie"}, {"kind", Technical, "soort organisatie"},
			{"place", Technical, "gemeente van de organisatie"}, {"lang", Technical, "taal"}}},
		{Stats, "partner_state", "wat over een partner is besloten", Partner, Kept, Staffed, []Column{
			{"code", Technical, "code"}, {"paused", Technical, "of de partner stilstaat"},
			{"version", Technical, "versie van het eigen adres"}, {"since", Technical, "week waarin dat adres begon"}}},
		{Stats, "partner_logo", "het logo van een partner", Partner, Kept, Staffed, []Column{
			{"code", Technical, "code"}, {"version", Technical, "versie van het plaatje"}, {"png", Technical, "het plaatje"}}},
		{Stats, "event", "een aangekondigde dag met veel bezoekers bij een partner", Partner, Kept, Staffed, []Column{
			{"code", Technical, "code"}, {"held", Technical, "dag"}, {"expect", Technical, "verwacht aantal bezoekers"}}},
		{Stats, "year_form", "wat een initiatief over een jaar meldt, over bedrijven samen", Figures, Kept, Initiative, []Column{
			{"year", Statistic, "jaar"}, {"initiative", Statistic, "initiatief"}, {"helped", Statistic, "aantal geholpen bedrijven"},
			{"from_us", Statistic, "aantal via de check"}, {"not_from_us", Statistic, "aantal niet via de check"}, {"waited", Statistic, "wachttijd in dagen"},
			{"remarks", Technical, "opmerking; een e-mailadres of telefoonnummer wordt geweigerd"}}},
		{Stats, "year_form_address", "het adres waarop een initiatief het formulier invult", Partner, Kept, Staffed, []Column{
			{"year", Technical, "jaar"}, {"initiative", Technical, "initiatief"}, {"version", Technical, "versie van het adres"}}},
		compatibility(Stats),
	}
}
