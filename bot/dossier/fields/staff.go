package fields

var (
	account = Column{"account", Pseudonym, "kenmerk van de medewerker"}
	owner   = Column{"owner", Pseudonym, "kenmerk van de redacteur"}
)

func staffTables() []Table {
	return []Table{
		{Staff, "account", "een medewerker", People, Employed, Staffed, []Column{
			{"id", Pseudonym, "willekeurig kenmerk"}, {"name", Personal, "naam; wordt bij verwijderen gewist"},
			{"handle", Pseudonym, "willekeurige code voor passkeys"}, {"created", Personal, "moment van aanmaken"},
			{"seen", Personal, "moment van de laatste aanmelding"}, {"deleted", Pseudonym, "moment van verwijderen"}}},
		{Staff, "account_role", "een rol van een medewerker", People, Employed, Staffed, []Column{account, {"role", Personal, "rol"}}},
		{Staff, "identity", "het account bij de aanmelding van de eigen organisatie", People, Employed, Staffed, []Column{
			{"issuer", Technical, "adres van die aanmelding"}, {"subject", Personal, "kenmerk van de medewerker daar"}, account}},
		{Staff, "passkey", "een sleutel waarmee een medewerker zich aanmeldt", People, Employed, Staffed, []Column{
			{"id", Pseudonym, "nummer van de sleutel"}, account, {"name", Personal, "naam die de medewerker eraan gaf"},
			{"credential", Pseudonym, "openbare sleutel en teller"}, {"created", Personal, "moment van aanmaken"}, {"used", Personal, "moment van het laatste gebruik"}}},
		{Staff, "invitation", "een eenmalige uitnodiging", People, Invited, Staffed, []Column{
			{"token", Pseudonym, "SHA-256 van de link"}, account, {"expires", Technical, "moment van verloop"}}},
		{Staff, "session", "een open aanmelding", People, SignedIn, Staffed, []Column{
			{"token", Pseudonym, "SHA-256 van de cookie"}, {"id", Pseudonym, "naam van de aanmelding"}, account,
			{"way", Personal, "hoe de medewerker zich aanmeldde"}, {"device", Personal, "omschrijving van het apparaat, voor de medewerker zelf"},
			{"hint", Personal, "wat de aanmelding van de organisatie nodig heeft om af te melden"},
			{"began", Personal, "begin"}, {"used", Personal, "laatste gebruik"}}},
		{Staff, "spent", "een aanmelding die al is gebruikt", People, Invited, Staffed, []Column{
			{"challenge", Technical, "willekeurige code"}, {"expires", Technical, "moment van verloop"}}},
		{Staff, "audit", "een handeling van een medewerker", Account, Trail, Staffed, []Column{
			{"seq", Technical, "volgnummer"}, {"at", Personal, "moment"}, {"who", Pseudonym, "kenmerk van de medewerker, nooit de naam"},
			{"what", Personal, "soort handeling"}, {"about", Technical, "waarop"}, {"detail", Technical, "waarden ervoor en erna"},
			{"hash", Technical, "controlegetal dat aan de vorige rij vastzit"}}},
		{Staff, "mail", "wie de cijfers van de week per e-mail krijgt", Digest, Mailed, Staffed, []Column{
			account, {"id", Pseudonym, "willekeurige code in de links van berichten"}, {"address", Personal, "e-mailadres"}, {"lang", Personal, "taal"},
			{"asked", Personal, "moment van het verzoek"}, {"confirmed", Personal, "moment waarop het adres is bevestigd; tot dan gaat er niets heen"},
			{"week", Technical, "week van de laatste cijfers die zijn verstuurd"}, {"tries", Technical, "mislukte pogingen sindsdien"},
			{"next", Technical, "moment van de volgende poging"}, {"problem", Technical, "laatste antwoord van de mailserver"},
			{"refused", Technical, "of de mailserver het adres weigerde"}}},
		{Staff, "edition", "een gepubliceerde versie van de inhoud", Editing, Kept, Staffed, []Column{
			{"id", Technical, "volgnummer"}, {"hash", Technical, "controlegetal"}, {"program", Technical, "inhoud van het programma waarmee het is gemaakt"}, {"scoring", Technical, "versie van de puntentelling"},
			{"at", Personal, "moment van publiceren"}, {"by_id", Pseudonym, "kenmerk van wie publiceerde"}, {"drafted", Pseudonym, "kenmerk van wie het concept maakte"},
			{"note", Technical, "toelichting bij de wijziging"}, {"rolled", Technical, "versie waarnaar is teruggezet"}}},
		{Staff, "edition_file", "een bestand van een gepubliceerde versie", Editing, Kept, Staffed, []Column{
			{"edition", Technical, "versie"}, {"path", Technical, "naam van het bestand"}, {"data", Technical, "inhoud: vragen, regels, organisaties of teksten"}}},
		{Staff, "draft", "een concept van een redacteur", Editing, Drafted, Staffed, []Column{
			owner, {"began", Personal, "begin"}, {"touched", Personal, "laatste wijziging"}, {"base", Technical, "versie waarop het rust"},
			{"submitted", Technical, "of en hoe het is ingediend"}, {"note", Technical, "toelichting"}}},
		{Staff, "draft_file", "een bestand van een concept", Editing, Drafted, Staffed, []Column{
			owner, {"path", Technical, "naam van het bestand"}, {"base", Technical, "inhoud ervoor"}, {"data", Technical, "inhoud nu"}}},
		{Staff, "draft_step", "een stap in een concept, om terug te kunnen", Editing, Drafted, Staffed, []Column{
			owner, {"seq", Technical, "volgnummer"}, {"at", Personal, "moment"}, {"file", Technical, "naam van het bestand"}, {"path", Technical, "plek in het bestand"}}},
		{Staff, "draft_step_file", "wat een stap veranderde", Editing, Drafted, Staffed, []Column{
			owner, {"seq", Technical, "volgnummer"}, {"path", Technical, "naam van het bestand"}, {"before", Technical, "inhoud ervoor"}, {"after", Technical, "inhoud erna"}}},
	}
}
