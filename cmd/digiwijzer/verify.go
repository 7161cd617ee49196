package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"digiwijzer/referral"
)

type verifyCmd struct {
	ID      string `arg:"" help:"${cli_help_catalogue_id}"`
	By      string `required:"" help:"${cli_help_catalogue_by}" placeholder:"NAME"`
	Content string `help:"${cli_help_check_content}" placeholder:"DIR"`
	Date    string `help:"${cli_help_date}" placeholder:"YYYY-MM-DD"`
}

// longestEditor is how long the name of who verified may be, in letters.
const longestEditor = 80

// Run notes in the overlay's record that a person found it true today. A record that is
// not there yet is copied from the program.
func (cmd *verifyCmd) Run(p *program) error {
	dir := cmd.Content
	if dir == "" {
		dir = p.config.content
	}
	if dir == "" {
		return badInput{errors.New(p.say("cli.verify.no_folder"))}
	}
	on, err := p.today(cmd.Date)
	if err != nil {
		return err
	}
	by := strings.TrimSpace(cmd.By)
	if n := utf8.RuneCountInString(by); n == 0 || n > longestEditor || strings.ContainsFunc(by, unicode.IsControl) {
		return badInputf("--by: %s", p.say("cli.verify.bad_name", "Max", fmt.Sprint(longestEditor)))
	}
	c, err := loadContent(dir)
	if err != nil {
		return err
	}
	if _, known := c.catalogue.Initiative(cmd.ID); !known {
		return badInput{errors.New(p.say("cli.verify.unknown", "ID", cmd.ID))}
	}
	file, err := verifyRecord(dir, cmd.ID, by, on)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, p.say("cli.verified", "File", file, "By", by, "Day", string(on)))
	return err
}

// verifyRecord stamps a record of the overlay and returns its file.
func verifyRecord(dir, id, by string, on referral.Date) (string, error) {
	name := "referral/catalogue/" + id + ".toml"
	file := filepath.Join(dir, filepath.FromSlash(name))
	source, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if source, err = fs.ReadFile(referral.Embedded(), "catalogue/"+id+".toml"); err == nil {
			err = noteCopy(dir, name, source)
		}
	}
	if err != nil {
		return "", err
	}
	stamped, err := stampVerified(string(source), by, on)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return file, replaceFile(file, []byte(stamped))
}

// The lines of a record that a verification writes, with the remark behind them.
var (
	verifiedOnLine = regexp.MustCompile(`(?m)^verified_on[ \t]*=[ \t]*"[^"\n]*"([ \t]*#.*)?$`)
	verifiedByLine = regexp.MustCompile(`(?m)^verified_by[ \t]*=[ \t]*"(?:[^"\\\n]|\\.)*"([ \t]*#.*)?$`)
)

// stampVerified writes day and name into the text of a record and leaves all else as
// it was, remarks included.
func stampVerified(source, by string, on referral.Date) (string, error) {
	var before, after referral.Initiative
	if _, err := toml.Decode(source, &before); err != nil {
		return "", err
	}
	nameLine := `verified_by = "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(by) + `"`
	dayLine := `verified_on = "` + string(on) + `"`
	if !verifiedByLine.MatchString(source) {
		dayLine += "\n" + nameLine
	}
	stamped := setLine(source, verifiedByLine, nameLine)
	if verifiedOnLine.MatchString(stamped) {
		stamped = setLine(stamped, verifiedOnLine, dayLine)
	} else {
		stamped = dayLine + "\n" + stamped // before every table, so that it is the record's own
	}
	if _, err := toml.Decode(stamped, &after); err != nil {
		return "", err
	}
	before.VerifiedOn, before.VerifiedBy = on, by
	if !reflect.DeepEqual(before, after) {
		return "", errors.New("verified_on and verified_by are written in a way that cannot be changed here; change them by hand")
	}
	return stamped, nil
}

// setLine replaces the lines that a pattern finds and keeps the remark behind them.
func setLine(text string, line *regexp.Regexp, with string) string {
	return line.ReplaceAllStringFunc(text, func(old string) string {
		first, rest, _ := strings.Cut(with, "\n")
		first += line.FindStringSubmatch(old)[1]
		if rest != "" {
			first += "\n" + rest
		}
		return first
	})
}

// noteCopy notes in the overlay's stamp what a file was copied from, so that check can
// tell when the program has a newer one.
func noteCopy(dir, name string, source []byte) error {
	file := filepath.Join(dir, stampFile)
	var copied stamp
	if _, err := toml.DecodeFile(file, &copied); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", file, err)
	}
	if copied.Files == nil {
		copied.Files = map[string]string{}
	}
	sum := sha256.Sum256(source)
	copied.Files[name] = hex.EncodeToString(sum[:])
	text, err := toml.Marshal(copied)
	if err != nil {
		return err
	}
	return replaceFile(file, text)
}

// replaceFile puts a file in place whole or not at all: a running program may read the
// folder at any moment.
func replaceFile(file string, content []byte) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // gone already when all went well
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Sync(), temporary.Close())
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), file)
}
