// Package referral decides where a business is referred to. Assess scores the
// answers and places the business on the impact/readiness quadrant; Catalogue.Advise
// applies the referral rules to the catalogue of initiatives. The package is pure: no
// clock, network, storage or words. Initiatives, rules, municipalities and sectors are TOML data.
package referral
