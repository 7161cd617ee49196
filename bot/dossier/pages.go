package dossier

// Page is an address of the site. A test compares the list with the addresses that the program
// serves.
type Page struct {
	Path   string // as registered; one that ends in / covers everything below it
	What   string // in Dutch; empty: a file or a redirect
	Sample string // why it is in the sample of an evaluation by WCAG-EM; empty: not in the sample
}

// Pages lists every address that shows something.
func Pages() []Page {
	return []Page{
		{"/", "Beginpagina", "beginpagina"},
		{"/gesprek", "De vraag die openstaat", "doorlopend proces: de check"},
		{"/vraag/{question}", "Een vraag, per vraag", "doorlopend proces: keuzelijst, lange lijst, getypte gemeente en schaal"},
		{"/controle", "Antwoorden nakijken voor het advies", "doorlopend proces: de check"},
		{"/advies", "De uitslag met plaatje, acties en hulp", "doorlopend proces: de uitkomst, met afbeelding"},
		{"/advies/bewaren", "Advies bewaren en delen", "eigen soort pagina"},
		{"/advies/digiwijzer.pdf", "", "document: PDF van het advies"},
		{"/advies/eerste-stap.ics", "", ""},
		{"/advies/over-een-jaar.ics", "", ""},
		{"/nog-bezig", "Vraag of er nog iemand is, bij een balie", "tijdslimiet"},
		{"/balie", "Een apparaat van een balie", ""},
		{"/antwoorden", "Eigen antwoorden", "tabel met knoppen"},
		{"/waarom", "Waarom dit advies", "eigen soort pagina"},
		{"/meer", "Meer hulp", ""},
		{"/hulp", "Hulp bij de check", "hulp"},
		{"/mijn-gegevens", "Mijn gegevens", "rechten van betrokkenen"},
		{"/wissen", "Gegevens wissen", "foutpreventie"},
		{"/alarm", "Vraag of er een incident is", ""},
		{"/alarm/nu", "Wat te doen bij een incident", "eigen soort pagina"},
		{"/stoppen", "Bevestigen: stoppen", ""},
		{"/opnieuw", "Bevestigen: opnieuw beginnen", ""},
		{"/gestopt", "Gestopt", ""},
		{"/gewist", "Gewist", ""},
		{"/initiatief/{id}", "Een initiatief", "eigen soort pagina"},
		{"/adviseur", "Code van een ondernemer invoeren", "formulier"},
		{"/a", "", ""},
		{"/adviseur/beeld", "Het beeld voor een adviseur", "eigen soort pagina, om af te drukken"},
		{"/code", "Verder met een adviescode", "formulier"},
		{"/code/beeld", "Een oude en een nieuwe uitslag", "tabel"},
		{"/vervolg/{ticket...}", "De vraag na zes weken", "formulier"},
		{"/p/{code...}", "Beginpagina van een partner", "beginpagina met logo"},
		{"/logo/{name}", "", ""},
		{"/embed/{code...}", "De eerste vraag op een andere site", "ingesloten pagina"},
		{"/privacy", "Privacy", "vereiste pagina"},
		{"/toegankelijkheid", "Toegankelijkheid", "vereiste pagina"},
		{"/over", "Over de check", "lange tekst"},
		{"/kaart/{name}", "", ""},
		{"/static/{file}", "", ""},
		{"/favicon.ico", "", ""},
		{"/robots.txt", "", ""},
		{"/.well-known/security.txt", "", ""},
		{"/werkgroep", "Dashboard en aanmelden", "grafieken en tabellen"},
		{"/werkgroep/", "Cijfers en beheer voor de werkgroep", "grafieken, tabellen en formulieren"},
		{"/inloggen", "Aanmelden van medewerkers", "aanmelden"},
		{"/inloggen/", "", ""},
		{"/uitnodiging", "Een uitnodiging aannemen", "formulier"},
		{"/uitgelogd", "Afgemeld", ""},
		{"/account", "Eigen account, sleutels en aanmeldingen", "formulier en tabel"},
		{"/beheer", "Medewerkers en hun rollen", "tabel en formulier"},
		{"/beheer/", "Bevestigingen en het spoor van handelingen", "lange tabel"},
		{"/p/{code}/cijfers/{signature}", "Cijfers van een partner", "tabel"},
		{"/livez", "", ""},
		{"/readyz", "", ""},
		{"/healthz", "", ""},
		{"/metrics", "", ""},
		{"/jaarformulier/{initiative}/{year}/{signature}", "Jaarformulier van een initiatief", "formulier"},
	}
}
