package referral

import (
	"embed"
	"io/fs"
	"sync"
)

//go:embed catalogue/*.toml catalogue/*.md actions rules.toml region.toml benchmark.toml interview.toml
var embedded embed.FS

// Embedded returns a file system with the data of this build, for Load:
// catalogue/*.toml, actions/*.toml, rules.toml, region.toml, benchmark.toml and interview.toml.
func Embedded() fs.FS { return embedded }

// BuiltIn returns the catalogue of this build, which is loaded once. Callers must not change it.
var BuiltIn = sync.OnceValues(func() (*Catalogue, error) { return Load(embedded) })
