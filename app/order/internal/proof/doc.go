// Package proof visits every state that the protocol between provider, order and
// product can reach, and checks the invariants I1 to I8 in each.
//
// Real are all decisions: the methods of domain.Order, on orders restored from
// modelled rows, and product's rules of the package decision. Modelled, as small as
// they can be, are what lies between the decisions:
//
//   - order's database (books_test.go): one transaction is one step; unique keys, the
//     claims of tasks and what a transaction writes follow adapter/store, whose
//     promises usecase/usecasetest states as tests;
//   - product's database (stock_test.go): its conditional decrements either all find
//     stock or the refusal is stored, as product's usecasetest demands of its store;
//   - the usecases' processes (relay_test.go): each dies between any two steps, or is
//     overtaken by another once its claim ran out, which it may at any moment;
//   - the wire: every request and every reply is lost, late, repeated or overtaken;
//   - the provider (till_test.go): it tells any fact, at any time, any number of times.
//
// Time is one fact about an order: whether its payment is due no more. There is
// nothing random. Of every state two more things are shown: the services alone, with
// no person, no luck and no further message from a customer, can come to rest from
// there, and with the help of people everything can be settled to the last cent.
//
// The wrong variants (variants_test.go) show that the proof can fail.
package proof
