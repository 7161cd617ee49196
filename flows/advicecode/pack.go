package advicecode

import (
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"digiwijzer/referral"
)

// Check is the content of a code. It has nothing except the answers: no incident, satisfaction, language
// or partner.
type Check struct {
	Layout   int    // the question_set that it was made under
	HalfYear string // when, such as "2026H2"
	// Answers are option values by question id; of the municipality a GM code or
	// referral.Outside. A question without an answer is left out.
	Answers map[string]string
}

// MaxBits is how many bits the answers to the questions other than the municipality have.
const MaxBits = dataBits - layoutBits - halfYearBits - placeBits

const (
	dataBits     = 96
	layoutBits   = 8
	halfYearBits = 6
	placeBits    = 11
	placeOutside = 1<<placeBits - 1
	dataBytes    = dataBits / 8
	codeBytes    = dataBytes + 3
	firstYear    = 2026
	halfYears    = 1 << halfYearBits
)

// The errors of Encode and Decode, besides *LengthError.
var (
	// ErrNoCode: the text does not look like a code.
	ErrNoCode = errors.New("there is no advice code in the text")
	// ErrTypo: a character is wrong, or the code was made by another installation of the
	// same number.
	ErrTypo = errors.New("the advice code has a typing error")
	// ErrUnknownLayout: the layout is not among those given. The code may be newer than this
	// program, or one of its first two characters is wrong.
	ErrUnknownLayout = errors.New("the advice code was made with questions that are not known here")
	// ErrMalformed: the checksum is right, but no check leads to the code.
	ErrMalformed = errors.New("no check leads to this advice code")
	// ErrUnencodable: the check cannot be written as a code.
	ErrUnencodable = errors.New("the check cannot be written as an advice code")
)

// alphabet is Crockford's base 32, without I, L, O and U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var encoding = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// Encode returns the code of a check. The error is ErrUnknownLayout, or wraps ErrUnencodable: a
// half-year outside 2026H1–2057H2, or an answer that is not in the layout.
func Encode(layouts Layouts, c Check) (Code, error) {
	l, ok := layouts.Find(c.Layout)
	if !ok {
		return Code{}, ErrUnknownLayout
	}
	bytes, err := l.pack(c)
	if err != nil {
		return Code{}, fmt.Errorf("%w: %w", ErrUnencodable, err)
	}
	return newCode(encoding.EncodeToString(bytes)), nil
}

// pack returns the bytes of a code of the layout.
func (l *Layout) pack(c Check) ([]byte, error) {
	half, err := halfYearNumber(c.HalfYear)
	if err != nil {
		return nil, err
	}
	size := l.Bits()
	if size > MaxBits {
		return nil, fmt.Errorf("layout %d needs more than %d bits", l.Number, MaxBits)
	}
	var value wide
	place, used := uint64(0), 0
	for _, q := range l.Questions {
		answer, answered := c.Answers[q.ID]
		if answered {
			used++
		}
		if q.place() {
			if place, err = placeNumber(answer); err != nil {
				return nil, fmt.Errorf("question %q: %w", q.ID, err)
			}
			continue
		}
		digit := uint64(slices.Index(q.Options, answer) + 1)
		if digit == 0 && answered {
			return nil, fmt.Errorf("question %q has no such option", q.ID)
		}
		value = value.timesPlus(uint64(len(q.Options))+1, digit)
	}
	if used < len(c.Answers) {
		return nil, fmt.Errorf("layout %d lacks a question that was answered", l.Number)
	}
	value = value.shiftedLeft(MaxBits - size)
	header := uint64(l.Number)<<(halfYearBits+placeBits) | half<<placeBits | place
	value.hi |= header << (MaxBits - 64)
	data := make([]byte, codeBytes+1)
	binary.BigEndian.PutUint32(data, uint32(value.hi))
	binary.BigEndian.PutUint64(data[4:], value.lo)
	binary.BigEndian.PutUint32(data[dataBytes:], crc24(l.Fingerprint, data[:dataBytes])<<8)
	return data[:codeBytes], nil
}

// unpack reads the bytes of a code.
func (ls Layouts) unpack(data []byte) (Check, error) {
	l, ok := ls.Find(int(data[0]))
	if !ok {
		return Check{}, ErrUnknownLayout
	}
	sum := uint32(data[dataBytes])<<16 | uint32(data[dataBytes+1])<<8 | uint32(data[dataBytes+2])
	if crc24(l.Fingerprint, data[:dataBytes]) != sum {
		return Check{}, ErrTypo
	}
	value := wide{hi: uint64(binary.BigEndian.Uint32(data)), lo: binary.BigEndian.Uint64(data[4:])}
	header := value.hi >> (MaxBits - 64)
	value.hi &= 1<<(MaxBits-64) - 1
	value, padding := value.shiftedRight(MaxBits - l.Bits())
	if padding {
		return Check{}, ErrMalformed
	}
	c := Check{Layout: l.Number, HalfYear: halfYear(int(header >> placeBits % halfYears)), Answers: make(map[string]string, len(l.Questions))}
	for _, q := range slices.Backward(l.Questions) {
		if q.place() {
			if answer := place(header % (1 << placeBits)); answer != "" {
				c.Answers[q.ID] = answer
			}
			continue
		}
		var digit uint64
		if value, digit = value.dividedBy(uint64(len(q.Options)) + 1); digit > 0 {
			c.Answers[q.ID] = q.Options[digit-1]
		}
	}
	if value != (wide{}) {
		return Check{}, ErrMalformed
	}
	return c, nil
}

// crc24 is the CRC of RFC 9580, section 6.1, with the initial value given.
func crc24(initial uint32, data []byte) uint32 {
	crc := initial
	for _, b := range data {
		crc ^= uint32(b) << 16
		for range 8 {
			if crc <<= 1; crc&0x1000000 != 0 {
				crc ^= 0x1864CFB
			}
		}
	}
	return crc & 0xFFFFFF
}

// halfYearNumber returns how many half-years one comes after the first of 2026.
func halfYearNumber(name string) (uint64, error) {
	year, half, ok := strings.Cut(name, "H")
	y, err := strconv.Atoi(year)
	n := 2 * (y - firstYear)
	if half == "2" {
		n++
	}
	if !ok || err != nil || half != "1" && half != "2" || n < 0 || n >= halfYears || name != halfYear(n) {
		return 0, fmt.Errorf("%q is not a half-year from %s to %s", name, halfYear(0), halfYear(halfYears-1))
	}
	return uint64(n), nil
}

func halfYear(n int) string { return fmt.Sprintf("%dH%d", firstYear+n/2, n%2+1) }

// placeNumber returns the number of a municipality: 344 of GM0344.
func placeNumber(code string) (uint64, error) {
	switch code {
	case "":
		return 0, nil
	case referral.Outside:
		return placeOutside, nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(code, "GM"))
	if err != nil || n <= 0 || n >= placeOutside || place(uint64(n)) != code {
		return 0, errors.New("that is no GM code")
	}
	return uint64(n), nil
}

func place(n uint64) string {
	switch n {
	case 0:
		return ""
	case placeOutside:
		return referral.Outside
	}
	return fmt.Sprintf("GM%04d", n)
}

// wide is a number of at most 128 bits.
type wide struct{ hi, lo uint64 }

// timesPlus returns w·factor + digit.
func (w wide) timesPlus(factor, digit uint64) wide {
	high, low := bits.Mul64(w.lo, factor)
	low, carry := bits.Add64(low, digit, 0)
	return wide{w.hi*factor + high + carry, low}
}

// dividedBy returns w divided by a number, and the remainder.
func (w wide) dividedBy(divisor uint64) (quotient wide, rest uint64) {
	quotient.hi = w.hi / divisor
	quotient.lo, rest = bits.Div64(w.hi%divisor, w.lo, divisor)
	return quotient, rest
}

func (w wide) minusOne() wide {
	low, borrow := bits.Sub64(w.lo, 1, 0)
	return wide{w.hi - borrow, low}
}

// shiftedLeft returns w with n zeros appended.
func (w wide) shiftedLeft(n int) wide {
	if n >= 64 {
		return wide{w.lo << (n - 64), 0}
	}
	return wide{w.hi<<n | w.lo>>(64-n), w.lo << n}
}

// shiftedRight returns w without its last n bits, and whether any of these was set.
func (w wide) shiftedRight(n int) (shifted wide, lost bool) {
	if n >= 64 {
		shifted = wide{0, w.hi >> (n - 64)}
	} else {
		shifted = wide{w.hi >> n, w.lo>>n | w.hi<<(64-n)}
	}
	return shifted, shifted.shiftedLeft(n) != w
}
