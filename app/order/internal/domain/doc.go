// Package domain holds the rules of an order and the money that arrives for it.
//
// It imports nothing of ours and no framework. An Order records what happens to it
// (see Changes); storing that, all or nothing, is its keeper's business.
//
//	created ─cancel/expire─> cancelled
//	created ─winner─> paid ─deducted─> fulfilled ─┐
//	                  paid ─refused──> unfulfillable ─winner refunded─> refunded
//	                  paid|fulfilled ─refund asked─> refunding ─winner refunded─> refunded
package domain
