package referral

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/locales/fault"
)

const regionTOML = "region.toml"

// regionFile is region.toml.
type regionFile struct {
	Largest        []string       `toml:"largest"`
	Outside        []string       `toml:"outside"`
	Figures        Figures        `toml:"figures"`
	Municipalities []Municipality `toml:"municipality"`
	Sectors        []Sector       `toml:"sector"`
	Population     struct {
		Threshold int `toml:"threshold"`
		Counts    []struct {
			Region   string         `toml:"region"`
			Size     string         `toml:"size"`
			Estimate bool           `toml:"estimate"`
			Basis    string         `toml:"basis"`
			Sectors  map[string]int `toml:"sectors"`
		} `toml:"counts"`
	} `toml:"population"`
}

// region builds and checks the region.
func (f *faults) region(file *regionFile) *Region {
	r := &Region{
		municipalities: slices.Clone(file.Municipalities), largest: file.Largest,
		sectors: file.Sectors, figures: file.Figures, threshold: file.Population.Threshold,
		byCode: map[string][]*Municipality{}, bySector: map[string]*Sector{}, population: map[cell]count{}, maybe: map[string][]string{},
	}
	slices.SortStableFunc(r.municipalities, func(a, b Municipality) int { return cmp.Compare(Fold(a.Name), Fold(b.Name)) })
	for i := range r.municipalities {
		m := &r.municipalities[i]
		r.byCode[m.Code] = append(r.byCode[m.Code], m)
	}
	for i := range r.sectors {
		s := &r.sectors[i]
		if s.ID == "" || r.bySector[s.ID] != nil {
			f.add(regionTOML, s.ID, "sector without an id of its own")
		}
		r.bySector[s.ID] = s
	}
	f.municipalities(r)
	f.places(r, file.Outside)
	f.sectors(r)
	f.population(r, file)
	if g := r.figures; g.Establishments <= 0 || g.Laggards <= 0 || g.YearTarget <= 0 || g.Source == "" {
		f.add(regionTOML, "figures", "establishments, laggards, year_target and source must all be given")
	}
	return r
}

func (f *faults) municipalities(r *Region) {
	for i := range r.municipalities {
		m := &r.municipalities[i]
		if !isCode(m.Code) {
			f.add(regionTOML, m.Code, "the code must be GM and four digits")
		}
		if Fold(m.Name) == "" {
			f.add(regionTOML, m.Code, "no name")
		}
		if m.Region != RegionUtrecht && m.Region != RegionGooi {
			f.add(regionTOML, m.Code, "region %q must be U or GV", m.Region)
		}
		for _, also := range m.Also {
			if !slices.Contains(regionIDs, also) || also == m.Region {
				f.add(regionTOML, m.Code, "also: unknown or double region %q", also)
			}
		}
		f.period(regionTOML, m.Code, m.ValidFrom, m.ValidTo)
		if (m.Successor == "") != (m.ValidTo == "") {
			f.add(regionTOML, m.Code, "a successor and a last day belong together")
		}
		if m.Planned != "" && m.ValidTo == "" {
			f.add(regionTOML, m.Code, "planned says why a last day is not certain, but there is none")
		}
		if m.Successor != "" && (r.byCode[m.Successor] == nil || m.Successor == m.Code) {
			f.add(regionTOML, m.Code, "successor %q is not another municipality here", fault.NewUnknown(m.Successor, r.codes()))
		}
		if loops(m.Code, func(code string) string { return successorOf(r, code) }) {
			f.add(regionTOML, m.Code, "the successors go round in a circle")
		}
	}
	f.overlaps(r)
	for _, code := range r.largest {
		if r.byCode[code] == nil {
			f.add(regionTOML, code, "largest: unknown municipality %q", fault.NewUnknown(code, r.codes()))
		}
	}
}

// isCode reports whether s has the form of a GM code.
func isCode(s string) bool {
	if len(s) != 6 || s[:2] != "GM" {
		return false
	}
	for _, c := range s[2:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func successorOf(r *Region, code string) string {
	if list := r.byCode[code]; len(list) > 0 {
		return list[len(list)-1].Successor
	}
	return ""
}

// overlaps rejects two records of one code that are valid on the same day.
func (f *faults) overlaps(r *Region) {
	for code, list := range r.byCode {
		slices.SortFunc(list, func(a, b *Municipality) int { return cmp.Compare(a.ValidFrom, b.ValidFrom) })
		for i := 1; i < len(list); i++ {
			if list[i-1].ValidTo == "" || list[i].ValidFrom <= list[i-1].ValidTo {
				f.add(regionTOML, code, "the dates of two records overlap")
			}
		}
	}
}

// places collects the names that people may type.
func (f *faults) places(r *Region, outside []string) {
	owner := map[string]string{}
	add := func(name, code string) {
		p := newPlace(name, code)
		key := string(p.name)
		if other, taken := owner[key]; taken && (other != code || code == "") {
			f.add(regionTOML, name, "this place stands at %s and %s", orOutside(other), orOutside(code))
		}
		owner[key] = code
		if len(p.name) < 3 || len(p.name) >= longestName {
			f.add(regionTOML, name, "a place name has 3 to %d letters", longestName-1)
		}
		r.places = append(r.places, p)
	}
	for _, m := range r.municipalities {
		add(m.Name, m.Code)
		for _, name := range m.Places {
			add(name, m.Code)
		}
	}
	for _, name := range outside {
		add(name, "")
	}
	for _, m := range r.municipalities {
		for _, name := range m.Maybe {
			key := strings.ReplaceAll(Fold(name), " ", "")
			if _, taken := owner[key]; taken || len(r.maybe[key]) == 2 {
				f.add(regionTOML, name, "this place belongs to others already")
			}
			r.maybe[key] = append(r.maybe[key], m.Code)
		}
		for _, text := range m.Postcodes {
			f.postcodes(r, m.Code, text)
		}
	}
}

// postcodes adds a range of postcodes; no two municipalities have the same.
func (f *faults) postcodes(r *Region, code, text string) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, err := strconv.Atoi(first)
	to, err2 := strconv.Atoi(last)
	if err != nil || err2 != nil || from < 1000 || to > 9999 || from > to {
		f.add(regionTOML, code, "%q is not a postcode or a range of them", text)
		return
	}
	for _, p := range r.postcodes {
		if from <= p.to && p.from <= to {
			f.add(regionTOML, code, "the postcodes %s belong to %s already", text, p.code)
		}
	}
	r.postcodes = append(r.postcodes, postcodes{from, to, code})
}

func orOutside(code string) string { return cmp.Or(code, "outside") }

func (f *faults) sectors(r *Region) {
	if r.bySector[OtherSector] == nil {
		f.add(regionTOML, OtherSector, "this sector must exist")
	}
	var used2008, used2025 [100]string
	for _, s := range r.sectors {
		f.divisions(&used2008, s.ID, s.Divisions)
		f.divisions(&used2025, s.ID, s.Divisions2025)
	}
}

// divisions checks ranges such as "47" and "10-33"; every division has one sector.
func (f *faults) divisions(used *[100]string, sector string, ranges []string) {
	if len(ranges) == 0 {
		f.add(regionTOML, sector, "no SBI divisions")
	}
	for _, text := range ranges {
		first, last, isRange := strings.Cut(text, "-")
		if !isRange {
			last = first
		}
		from, ok := division(first)
		to, ok2 := division(last)
		if !ok || !ok2 || from > to {
			f.add(regionTOML, sector, "%q is not a division or a range of them", text)
			continue
		}
		for d := from; d <= to; d++ {
			if used[d] != "" {
				f.add(regionTOML, sector, "division %02d belongs to %s already", d, used[d])
			}
			used[d] = sector
		}
	}
}

func division(s string) (int, bool) {
	if len(s) != 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), s != "00"
}

func (f *faults) population(r *Region, file *regionFile) {
	for _, group := range file.Population.Counts {
		id := "population " + group.Region + " " + group.Size
		if group.Basis == "" {
			f.add(regionTOML, id, "no basis")
		}
		if !slices.Contains(bands[group.Region], group.Size) {
			f.add(regionTOML, id, "unknown region or size")
		}
		for sector, n := range group.Sectors {
			key := cell{group.Region, sector, group.Size}
			if r.bySector[sector] == nil || n <= 0 || r.population[key] != (count{}) {
				f.add(regionTOML, id, "sector %q: unknown, double or without businesses", sector)
			}
			r.population[key] = count{n: n, estimate: group.Estimate}
		}
	}
	if r.threshold < 1 {
		f.add(regionTOML, "population", "the threshold must be at least 1")
	}
	for _, region := range []string{RegionUtrecht, RegionGooi} {
		for _, band := range bands[region] {
			if r.population[cell{region, OtherSector, band}].n < r.threshold {
				f.add(regionTOML, "population "+region+" "+band, "sector %q must hold at least the threshold", OtherSector)
			}
			for _, s := range r.sectors {
				if r.population[cell{region, s.ID, band}].n == 0 {
					f.add(regionTOML, "population "+region+" "+band, "no number for sector %q", s.ID)
				}
			}
		}
	}
}

// regionIDs are the regions that areas may name; FV is Regio Foodvalley.
var regionIDs = []string{RegionUtrecht, RegionGooi, "FV"}

// bands are the size bands that figures use in each region.
var bands = map[string][]string{
	RegionUtrecht: {BandZzp, BandFew, BandMany},
	RegionGooi:    {BandZzp, BandMkb},
}
