// Package fields lists every column that the program stores: its meaning, its purpose and its retention. The documents for a privacy
// officer are generated from it. Tests compare it with the schema of the three files and with the content of each encrypted body, so
// that nothing can be stored that is not listed here.
package fields

import (
	"fmt"
	"time"

	"digiwijzer/bot"
)

// The files.
const (
	State = "state.db"
	Stats = "stats.db"
	Staff = "staff.db"
)

// Class is the kind of content of a column, in Dutch.
type Class string

// The classes. An encrypted column is followed by the fields inside it.
const (
	Personal  Class = "persoonsgegeven"
	Pseudonym Class = "pseudoniem"
	Encrypted Class = "versleuteld"
	Statistic Class = "statistiek"
	Technical Class = "techniek"
)

// Purpose is why something is stored. Ground is a proposal for the legal ground under the GDPR
// (https://eur-lex.europa.eu/eli/reg/2016/679/oj, article 6): a privacy officer decides.
type Purpose struct {
	ID, Name, Ground string
}

const publicTask = "art. 6 lid 1 onder e AVG: taak van algemeen belang"

// The purposes.
var (
	Check   = Purpose{"check", "de check en het advies", publicTask}
	Count   = Purpose{"tellen", "één keer per halfjaar meetellen", publicTask}
	Figures = Purpose{"cijfers", "cijfers voor de werkgroep", publicTask + "; de rijen noemen geen persoon"}
	After   = Purpose{"vervolg", "de vraag na zes weken", "art. 6 lid 1 onder a AVG: toestemming, los van de check gevraagd"}
	Digest  = Purpose{"bericht", "de cijfers van de week sturen", "art. 6 lid 1 onder a AVG: toestemming, aan te zetten en uit te zetten door de ontvanger"}
	Partner = Purpose{"partners", "partners en hun links", publicTask + "; gegevens van organisaties"}
	People  = Purpose{"medewerkers", "toegang voor medewerkers", publicTask}
	Editing = Purpose{"redactie", "de inhoud beheren", publicTask}
	Account = Purpose{"verantwoording", "nagaan wie wat deed", publicTask}
	Working = Purpose{"werking", "het programma laten werken", "geen persoonsgegevens"}
)

// Purposes lists every purpose.
func Purposes() []Purpose {
	return []Purpose{Check, Count, After, Figures, Digest, Partner, People, Editing, Account, Working}
}

// Retention is how long something is kept, in Dutch, and the constants in the code that define it.
type Retention struct {
	ID, Text, Source string
}

// The periods that packages do not export; a test of each package compares them.
const (
	SeenDays    = 3  // store
	ParkedDays  = 28 // store
	CopyDays    = 7  // store
	WaitingDays = 7  // store, for a file kept by the operator

	IdleMinutes = 30 // bot/staff/people
	SignedHours = 8  // bot/staff/people
	InviteDays  = 7  // bot/staff/people
)

func days(d time.Duration) string { return count(int(d/(24*time.Hour)), "dag", "dagen") }

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// The retention periods.
var (
	Session = Retention{"gesprek", days(bot.RunRetention) + " na het laatste antwoord; na het advies " + days(bot.ResultRetention) + "; meteen bij stoppen of wissen",
		"bot.RunRetention, bot.ResultRetention"}
	Outbox = Retention{"bericht", "tot het bericht is verstuurd, hoogstens " + days(2*bot.SendRetention), "bot.SendRetention"}
	Seen   = Retention{"melding", count(SeenDays, "dag", "dagen"), "store.keepSeenDays"}
	Parked = Retention{"mislukt", count(ParkedDays, "dag", "dagen"), "store.keepParkedDays"}
	Staged = Retention{"wachtruimte", "tot er minstens vijf samen zijn, hoogstens " + count(bot.OutcomeRetentionDays, "dag", "dagen"), "bot.OutcomeRetentionDays"}
	Half   = Retention{"halfjaar", "tot het einde van het halfjaar", "referral.HalfYearOf"}
	Follow = Retention{"vervolg", fmt.Sprintf("gevraagd na %d tot %d dagen, herhaald na %d dagen; gewist na het antwoord, en anders %d dagen na de herhaling",
		bot.FollowUpDays, bot.FollowUpDays+bot.FollowUpSpreadDays-1, bot.FollowUpRepeatDays, bot.FollowUpAnswerDays),
		"bot.FollowUpDays, bot.FollowUpSpreadDays, bot.FollowUpRepeatDays, bot.FollowUpAnswerDays"}
	Withdrawn = Retention{"intrekken", "tot de ontvanger het uitzet", "store.Subscribe"}
	Mailed    = Retention{"e-mail", "tot de ontvanger zich afmeldt of het account wordt verwijderd", ""}
	Kept      = Retention{"blijvend", "blijvend; de archivaris stelt een termijn voor (zie 13)", ""}
	Installed = Retention{"installatie", "zolang het programma in gebruik is", ""}
	Employed  = Retention{"account", "tot het account wordt verwijderd; het kenmerk blijft voor het spoor", ""}
	Drafted   = Retention{"concept", "tot het concept is gepubliceerd of weggegooid", ""}
	Trail     = Retention{"spoor", "blijvend: het spoor kan alleen groeien", ""}
	SignedIn  = Retention{"aanmelding", fmt.Sprintf("tot afmelden; anders %d minuten zonder gebruik, hoogstens %d uur", IdleMinutes, SignedHours),
		"bot/staff/people.SessionIdle, bot/staff/people.SessionAge"}
	Invited = Retention{"uitnodiging", fmt.Sprintf("tot gebruik, hoogstens %d dagen", InviteDays), "bot/staff/people.InvitationAge"}
)

// Retentions lists every period.
func Retentions() []Retention {
	return []Retention{Session, Outbox, Seen, Parked, Staged, Half, Follow, Withdrawn, Mailed, Kept, Installed, Employed, Drafted, Trail, SignedIn, Invited}
}

// Channel is a source of data, in Dutch.
type Channel string

// The channels. A kiosk and a page embedded elsewhere are browsers.
const (
	Everybody  Channel = "Telegram en browser"
	Telegram   Channel = "Telegram"
	Browser    Channel = "browser, balie en ingesloten pagina"
	Staffed    Channel = "medewerkers"
	FromInside Channel = "het programma zelf"
	Initiative Channel = "initiatieven"
)

// Table is a table of one of the files. Purpose, Keep and From apply to all its columns.
type Table struct {
	File, Name string
	What       string // what a row is, in Dutch
	Purpose    Purpose
	Keep       Retention
	From       Channel
	Columns    []Column
}

// Column is a column, or a field inside an encrypted one ("body.session.answers").
type Column struct {
	Name    string
	Class   Class
	Meaning string // in Dutch
}

// Tables lists every table of the three files.
func Tables() []Table { return append(append(stateTables(), statsTables()...), staffTables()...) }
