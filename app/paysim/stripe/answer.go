package stripe

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

// Answer implements dialect.Dialect. Stripe signs no answers.
func (p *Provider) Answer(c dialect.Call, res dialect.Result, _ time.Time) (dialect.Reply, error) {
	reply, err := p.answer(c, res)
	if err != nil {
		return reply, err
	}
	reply.Header.Set("Request-Id", "req_"+dialect.Letters(14))
	reply.Header.Set("Stripe-Version", apiVersion)
	if res.Repeated {
		reply.Header.Set("Idempotent-Replayed", "true")
	}
	return reply, nil
}

func (p *Provider) answer(c dialect.Call, res dialect.Result) (dialect.Reply, error) {
	if c.Form == formSearch && errors.Is(res.Err, book.ErrUnknownPayment) {
		res.Err = nil // a search that finds nothing succeeds
	}
	if res.Err != nil {
		return refuse(c, res)
	}
	switch c.Operation {
	case dialect.Refund:
		return dialect.JSON(http.StatusOK, refundOf(res.Refund()))
	case dialect.RefundQuery:
		if c.Form == formList {
			return listRefunds(c, res.Refunds)
		}
		return dialect.JSON(http.StatusOK, refundOf(res.Refund()))
	case dialect.Query:
		if c.Form == formSearch {
			return p.found(c, res.Payments)
		}
		return dialect.JSON(http.StatusOK, p.expanded(c, res.Payment(), "latest_charge"))
	case dialect.Close:
		return dialect.JSON(http.StatusOK, p.intent(res.Payment()))
	}
	return refuse(c, dialect.Result{Err: dialect.ErrNoRoute})
}

// expanded is a PaymentIntent with its charge, if the call asked for that.
// https://docs.stripe.com/api/expanding_objects
func (p *Provider) expanded(c dialect.Call, pay book.Payment, member string) intent {
	i := p.intent(pay)
	asked := slices.Contains(c.Parameters["expand[]"], member) || c.Parameters.Get("expand[0]") == member
	if i.LatestCharge != nil && asked {
		i.LatestCharge = p.charge(pay)
	}
	return i
}

// https://docs.stripe.com/api/pagination/search
type searchResult struct {
	Object   string   `json:"object"`
	URL      string   `json:"url"`
	HasMore  bool     `json:"has_more"`
	NextPage *string  `json:"next_page"`
	Data     []intent `json:"data"`
}

func (p *Provider) found(c dialect.Call, payments []book.Payment) (dialect.Reply, error) {
	r := searchResult{Object: "search_result", URL: intents + "/search", Data: []intent{}}
	limit := pageSize(c)
	r.HasMore = len(payments) > limit
	for _, pay := range payments[:min(limit, len(payments))] {
		r.Data = append(r.Data, p.expanded(c, pay, "data.latest_charge"))
	}
	return dialect.JSON(http.StatusOK, r)
}

// https://docs.stripe.com/api/pagination
type list struct {
	Object  string   `json:"object"`
	URL     string   `json:"url"`
	HasMore bool     `json:"has_more"`
	Data    []refund `json:"data"`
}

// listRefunds tells refunds newest first, page by page.
func listRefunds(c dialect.Call, all []book.Refund) (dialect.Reply, error) {
	l := list{Object: "list", URL: refunds, Data: []refund{}}
	after := c.Parameters.Get("starting_after")
	for _, r := range slices.Backward(all) {
		switch {
		case after != "":
			if r.ID == after {
				after = ""
			}
		case len(l.Data) == pageSize(c):
			l.HasMore = true
		default:
			l.Data = append(l.Data, refundOf(r))
		}
	}
	return dialect.JSON(http.StatusOK, l)
}

// pageSize is how much a list shows: 10 unless asked otherwise, 100 at most.
func pageSize(c dialect.Call) int {
	if n, err := strconv.Atoi(c.Parameters.Get("limit")); err == nil && n >= 1 && n <= 100 {
		return n
	}
	return 10
}
