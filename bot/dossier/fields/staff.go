package fields

var account = Column{"account", Pseudonym, "kenmerk van de medewerker"}

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
	}
}
