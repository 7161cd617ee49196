package referral

import "io/fs"

type rule struct{}
type place struct{}

func Load(fsys fs.FS) (*Catalogue, error) { return &Catalogue{region: &Region{}}, nil }
func (c *Catalogue) Advise(k Case) Advice { return Advice{} }
func (c *Catalogue) Named(text string) (*Initiative, bool) { return nil, false }
func (c *Catalogue) TextIDs() []string { return nil }
func (r *Region) Match(text string, on Date) PlaceMatch { return PlaceMatch{} }
func (i *Initiative) Verified(on Date) bool { return false }
func (i *Initiative) NeedsCheck(on Date) []Check { return nil }
func (i *Initiative) Phone(on Date) string { return "" }
func (c *Catalogue) Address(i *Initiative, on Date) (url string, via *Initiative) { return "", nil }

// Check is one thing an editor must look at.
type Check string

func Assess(scale *Scale, answers Answers, asked []string, alarmed bool) Assessment { return Assessment{} }
