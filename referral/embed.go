package referral

import (
	"embed"
	"io/fs"
)

//go:embed catalogue/*.toml catalogue/velden.md rules.toml region.toml
var embedded embed.FS

// Embedded returns the data that the program was built with: catalogue/*.toml,
// rules.toml and region.toml.
func Embedded() fs.FS { return embedded }
