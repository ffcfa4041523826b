// Package dialect holds, with the packages below it, the rules of the payment
// providers' languages that their notices and their APIs share: how amounts, times and
// identifiers are written, what a state means in the domain's words, and how messages
// are signed. The rules that all providers have in common are in this package itself.
//
// A dialect knows the domain and the keys. It knows no adapter and no transport: it is
// given bytes and texts, and says what they mean.
package dialect
