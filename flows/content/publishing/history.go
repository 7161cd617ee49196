package publishing

import (
	"context"
	"strconv"

	"digiwijzer/flows/content"
)

// History returns published editions, latest first: at most limit of those before an id; 0 is no bound.
func (s *Service) History(ctx context.Context, before int64, limit int) (all []Edition, err error) {
	err = s.o.Store.View(ctx, func(tx Tx) (err error) {
		all, err = tx.Editions(before, limit)
		return err
	})
	return all, err
}

// Version is a published edition with its files.
type Version struct {
	Edition
	Files    content.Files
	Previous content.Files // of the edition before it
}

// Version returns a published edition and the one before it.
func (s *Service) Version(ctx context.Context, id int64) (v Version, err error) {
	err = s.o.Store.View(ctx, func(tx Tx) error {
		all, err := tx.Editions(id+1, 1)
		if err != nil {
			return err
		}
		if len(all) == 0 || all[0].ID != id {
			return refuseFor(NoEdition, strconv.FormatInt(id, 10), nil)
		}
		v.Edition = all[0]
		if v.Files, err = filesOf(tx, id); err != nil {
			return err
		}
		v.Previous, err = filesOf(tx, id-1)
		return err
	})
	return v, err
}

// DifferencesOf returns what an edition changed, in words.
func (s *Service) DifferencesOf(v Version, lang string) []Difference {
	return s.differences(v.Previous, v.Files, lang)
}
