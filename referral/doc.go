// Package referral decides where a business is referred to: it scores the answers,
// places the business on the impact/readiness quadrant and applies the referral
// rules to the catalogue of initiatives. It is pure: no clock, no network, no
// words. Initiatives, rules, municipalities and sectors are TOML data.
package referral
