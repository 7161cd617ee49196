// Package app is the assembled application: the service, and what single commands do with the same
// settings and data, also while the service runs.
package app

import (
	"errors"
	"path/filepath"
	"strconv"

	"digiwijzer/bot"
	"digiwijzer/bot/settings"
	"digiwijzer/bot/telegram"
	"digiwijzer/locales"
	"digiwijzer/store"
)

// Base is what the service and single commands share.
type Base struct {
	Settings settings.Settings
	Clock    bot.Clock
	Words    *locales.Texts // embedded; an edition may have changed ones
	Lang     string         // of the operator
}

// Say returns a text in the language of the operator.
func (b Base) Say(id string, pairs ...any) string { return b.Words.Text(b.Lang, id, pairs...) }

// BadInput is an error in the settings, in the command line or in a file that it names.
type BadInput struct{ Err error }

// Error implements error.
func (e BadInput) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e BadInput) Unwrap() error { return e.Err }

// BadInput returns a BadInput in the language of the operator.
func (b Base) BadInput(id string, pairs ...any) error {
	return BadInput{errors.New(b.Say(id, pairs...))}
}

// badSetting returns a BadInput about a setting.
func (b Base) badSetting(name, id string, pairs ...any) error {
	return BadInput{errors.New(name + ": " + b.Say(id, pairs...))}
}

// Explain explains in the language of the operator how to solve a problem with data or a key; any other
// error is returned as it is.
func (b Base) Explain(err error) error {
	var lost *store.LostKeyError
	var missing *store.MissingKeyError
	var failure *store.Error
	var file *settings.FileError
	var folder *store.FolderError
	switch {
	case errors.As(err, &file):
		return errors.New(file.Setting + ": " + b.Say("cli.bad."+string(file.Problem), "Path", file.Path))
	case errors.Is(err, telegram.ErrToken):
		return errors.New(b.Say("cli.bad.token"))
	case errors.Is(err, telegram.ErrSecret):
		return errors.New(b.Say("cli.bad.secret"))
	case errors.As(err, &failure) && failure.File != "":
		id := "cli.bad.damaged_figures"
		if failure.File == "state.db" {
			id = "cli.bad.damaged_state"
		}
		return errors.New(b.Say(id, "File", failure.File, "Dir", b.Settings.Place().String()))
	case store.ConditionOf(err) == store.Unwritable:
		return errors.New(b.Say("cli.bad.unwritable", "Dir", b.Settings.Place().String(), "Error", failure.Err.Error()))
	case errors.As(err, &lost):
		return errors.New(b.Say("cli.bad.lost_key", "Key", lost.Key, "State", lost.State))
	case errors.As(err, &missing):
		return errors.New(b.Say("cli.bad.missing_key", "Key", b.Settings.KeyFile, "ID", strconv.Itoa(missing.ID)))
	case errors.Is(err, store.ErrExposedKey):
		return errors.New(b.Say("cli.bad.key_open", "Key", b.Settings.KeyFile))
	case errors.Is(err, store.ErrNoKeyFile):
		return errors.New(b.Say("cli.bad.key_form", "Key", b.Settings.KeyFile))
	case errors.Is(err, store.ErrWrongKey):
		return errors.New(b.Say("cli.bad.wrong_key", "Key", b.Settings.KeyFile, "Dir", b.Settings.Place().String()))
	case errors.Is(err, store.ErrInUse):
		return errors.New(b.Say("cli.bad.data_in_use", "Dir", b.Settings.Place().String()))
	case errors.Is(err, store.ErrNewer):
		return errors.New(b.Say("cli.bad.data_newer", "Dir", b.Settings.Place().String()))
	case errors.As(err, &folder):
		return errors.New(b.Say("cli.bad.data_folder", "Dir", b.Settings.Place().String(), "Error", folder.Err.Error()))
	case errors.Is(err, store.ErrExposedFolder):
		return errors.New(b.Say("cli.bad.data_open", "Dir", b.Settings.Data, "Own", filepath.Join(b.Settings.Data, "digiwijzer")))
	case errors.Is(err, store.ErrNoKey):
		return errors.New(b.Say("cli.bad.waiting_no_key", "Key", b.Settings.KeyFile, "Suffix", store.WaitingSuffix))
	case errors.Is(err, store.ErrOtherCopy):
		return errors.New(b.Say("cli.bad.waiting_other", "Suffix", store.WaitingSuffix))
	}
	return err
}
