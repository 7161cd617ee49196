package advicecode

// Sealed returns a code with this data and the check of the layout.
func Sealed(l Layout, data [12]byte) string {
	sum := crc24(l.Fingerprint, data[:])
	return encoding.EncodeToString(append(data[:], byte(sum>>16), byte(sum>>8), byte(sum)))
}

// CRC24 is crc24.
func CRC24(initial uint32, data []byte) uint32 { return crc24(initial, data) }
