package referral

import "slices"

// Municipality returns the municipality with the GM code on a day, or its successor if
// it was dissolved by then. ok is false for codes outside the region, such as Outside.
func (r *Region) Municipality(code string, on Date) (m Municipality, ok bool) {
	found := r.municipality(code, on)
	if found == nil {
		return Municipality{}, false
	}
	return *found, true
}

func (r *Region) municipality(code string, on Date) *Municipality {
	for list := r.byCode[code]; len(list) > 0; list = r.byCode[list[len(list)-1].Successor] {
		for _, m := range list {
			if m.ValidTo == "" || on <= m.ValidTo {
				return m
			}
		}
	}
	return nil
}

// Municipalities returns the municipalities that exist on a day, sorted by name.
func (r *Region) Municipalities(on Date) []Municipality {
	var alive []Municipality
	for _, m := range r.municipalities {
		if on.within(m.ValidFrom, m.ValidTo) {
			alive = append(alive, m)
		}
	}
	return alive
}

// PlaceNames returns the municipalities that exist on a day with their villages and former
// municipalities, sorted: what people may type.
func (r *Region) PlaceNames(on Date) (names []string) {
	for _, m := range r.Municipalities(on) {
		names = append(append(names, m.Name), m.Places...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// AllMunicipalities returns every record, also of municipalities that are dissolved or
// do not exist yet, sorted by name.
func (r *Region) AllMunicipalities() []Municipality { return slices.Clone(r.municipalities) }

// Largest returns the municipalities for the first page of the keyboard on a day: the
// four of the working group, then other large ones.
func (r *Region) Largest(on Date) []Municipality {
	large := make([]Municipality, 0, len(r.largest))
	for _, code := range r.largest {
		m, ok := r.Municipality(code, on)
		if ok && !slices.ContainsFunc(large, func(l Municipality) bool { return l.Code == m.Code }) {
			large = append(large, m)
		}
	}
	return large
}

// RegionOf returns the region of the figures a municipality lies in: U, GV or outside.
func (r *Region) RegionOf(code string, on Date) string {
	if m := r.municipality(code, on); m != nil {
		return m.Region
	}
	return RegionOutside
}

// Sectors returns the lines of business in the order of the keyboard.
func (r *Region) Sectors() []Sector { return r.sectors }

// Sector returns the line of business with the id; ok is false when there is none.
func (r *Region) Sector(id string) (sector Sector, ok bool) {
	s := r.bySector[id]
	if s == nil {
		return Sector{}, false
	}
	return *s, true
}

// Figures returns the numbers of the source documents.
func (r *Region) Figures() Figures { return r.figures }

// Population returns the number of businesses in a region (U or GV), sector and size
// band, at least; estimate reports that no source has the number. It is 0 for unknown
// combinations.
func (r *Region) Population(region, sector, band string) (n int, estimate bool) {
	c := r.population[cell{region, sector, band}]
	return c.n, c.estimate
}

// Generalise returns the sector and size band under which a business may be counted.
// size is a Size or already a band. When fewer businesses than the threshold of
// region.toml share the combination, the sector becomes OtherSector.
func (r *Region) Generalise(region, sector, size string) (coarserSector, band string) {
	band = Band(region, Size(size))
	if region == RegionOutside {
		return sector, band
	}
	if n, _ := r.Population(region, sector, band); n < r.threshold {
		sector = OtherSector
	}
	return sector, band
}

// Band returns the size band of the figures for a size in a region (U, GV or outside).
// A size that is a band of the region already is returned unchanged.
func Band(region string, size Size) string {
	switch {
	case region == RegionOutside:
		return BandAny
	case slices.Contains(bands[region], string(size)):
		return string(size)
	case size == Zzp:
		return BandZzp
	case region == RegionGooi:
		return BandMkb
	case size == Micro:
		return BandFew
	}
	return BandMany
}

// SizeOf returns the size class of an answer to the question on people: "1", "2", "10",
// "50" or "250"; ok is false for any other.
func SizeOf(answer string) (size Size, ok bool) {
	i := slices.Index(sizeAnswers[:], answer)
	if i < 0 {
		return "", false
	}
	return sizes[i], true
}

var (
	sizeAnswers = [...]string{"1", "2", "10", "50", "250"}
	sizes       = [...]Size{Zzp, Micro, Klein, Midden, Groot}
)
