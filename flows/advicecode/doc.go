// Package advicecode encodes a check in twenty-four characters that a person keeps, so that nothing has
// to be stored: the question set, the half-year, the municipality and the answers. Whoever has the code
// has the check: it must never be logged, stored in clear or put into an address.
//
// A code is 120 bits in Crockford's base 32 (https://www.crockford.com/base32.html):
//
//	 8  the number of the layout
//	 6  half-years since the first of 2026
//	11  the municipality: the number of its GM code, 0 not answered, 2047 outside the region
//	 n  the answers to the other questions of the layout, as one number in mixed radix: the
//	    first question is the most significant digit, 0 is not answered
//	    zeros up to 96 bits
//	24  CRC-24 of RFC 9580, section 6.1, over these 12 bytes, with the fingerprint of the
//	    layout as initial value
//
// Every single wrong character and every swap of two neighbours changes at most ten consecutive bits,
// which a CRC of 24 bits always detects (see also Layout.confusable); any other mistake passes once in
// 16.7 million.
package advicecode
