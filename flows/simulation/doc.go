// Package simulation runs a synthetic population of businesses through the questions
// and the advice, to show before publication who would be referred where. It knows
// flows and referral, and no channel, words or storage.
//
// population.toml states how many businesses there are per region, size and sector, and
// how often each answer is given; nothing in it is a measured answer. Businesses are
// spread over the population in proportion. The answers of one business are
// correlated by two normally distributed factors, one for digital readiness and one
// for impact (Model), through a Gaussian copula: the marginals stay as given.
//
// Every business has a random generator of its own, seeded with its number, so that
// the result does not depend on the number of processors.
package simulation
