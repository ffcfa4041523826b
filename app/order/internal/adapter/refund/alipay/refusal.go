package alipay

// outcome is what a refusal of a refund means.
type outcome int

const (
	// forGood: no money moved or will under this number.
	forGood outcome = iota + 1
	// needsPerson: the same refund succeeds once a person did something, as adding to
	// the balance it is taken from; or a person must look, because Alipay paid under
	// this number before.
	needsPerson
)

// refusals are the documented ones of alipay.trade.refund
// (https://opendocs.alipay.com/open/028sm9). Two are missing: ACQ.SYSTEM_ERROR and
// ACQ.REFUND_CHARGE_ERROR decide nothing and want the request repeated. So is any
// that is not documented.
var refusals = map[string]outcome{
	"ACQ.ALLOC_AMOUNT_VALIDATE_ERROR":           forGood,
	"ACQ.BUYER_NOT_EXIST":                       forGood, // the account was closed
	"ACQ.CURRENCY_NOT_SUPPORT":                  forGood,
	"ACQ.INVALID_PARAMETER":                     forGood,
	"ACQ.NOT_ALLOW_PARTIAL_REFUND":              forGood,
	"ACQ.ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND": forGood,
	"ACQ.REASON_TRADE_REFUND_FEE_ERR":           forGood, // more than is left
	"ACQ.REASON_TRADE_STATUS_INVALID":           forGood, // not paid
	"ACQ.REFUND_AMT_NOT_EQUAL_TOTAL":            forGood, // more than was paid
	"ACQ.REFUND_FEE_ERROR":                      forGood,
	"ACQ.TRADE_HAS_CLOSE":                       forGood, // not paid, or refunded in full
	"ACQ.TRADE_HAS_FINISHED":                    forGood, // too late
	"ACQ.TRADE_NOT_EXIST":                       forGood,
	"ACQ.TRADE_STATUS_ERROR":                    forGood, // not paid

	"ACQ.BUYER_ENABLE_STATUS_FORBID":             needsPerson,
	"ACQ.BUYER_ERROR":                            needsPerson,
	"ACQ.CUSTOMER_VALIDATE_ERROR":                needsPerson, // an account is frozen
	"ACQ.DISCORDANT_REPEAT_REQUEST":              needsPerson, // the number was refunded with another amount
	"ACQ.ENTERPRISE_PAY_BIZ_ERROR":               needsPerson,
	"ACQ.OVERDRAFT_AGREEMENT_NOT_MATCH":          needsPerson,
	"ACQ.OVERDRAFT_ASSIGN_ACCOUNT_INVALID":       needsPerson,
	"ACQ.REASON_TRADE_BEEN_FREEZEN":              needsPerson,
	"ACQ.REFUNDALLOC_UNAUTH_LIMIT":               needsPerson,
	"ACQ.REFUND_ACCOUNT_NOT_EXIST":               needsPerson,
	"ACQ.REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST": needsPerson,
	"ACQ.SELLER_BALANCE_NOT_ENOUGH":              needsPerson,
	"ACQ.TRADE_NOT_ALLOW_REFUND":                 needsPerson, // the contract allows none
	"ACQ.TRADE_SETTLE_ERROR":                     needsPerson,
	"ACQ.USER_NOT_MATCH_ERR":                     needsPerson,
}
