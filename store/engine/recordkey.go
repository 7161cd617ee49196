package engine

import (
	"crypto/sha256"
	"encoding/binary"
)

// keyDomain separates this use of the hash from others.
const keyDomain = "digiwijzer record key 1"

// RecordKey returns the key of a row of the statistics, from 0 to 2^32-1, which determines how the
// counts that include it are rounded. It is derived from the random id of the row, so that a restored
// backup, a replica and another engine give the same figures. Neither id nor key nor a sum of keys
// leaves the store.
func RecordKey(id Hash) int64 {
	sum := sha256.Sum256(append([]byte(keyDomain), id[:]...))
	return int64(binary.BigEndian.Uint32(sum[:4]))
}
