module github.com/stockonce/stockonce/app/order/internal/proof

go 1.26.0

require (
	github.com/stockonce/stockonce/app/order v0.0.0
	github.com/stockonce/stockonce/app/product v0.0.0
)

replace (
	github.com/stockonce/stockonce/api => ../../../../api
	github.com/stockonce/stockonce/app/internal => ../../../internal
	github.com/stockonce/stockonce/app/order => ../..
	github.com/stockonce/stockonce/app/product => ../../../product
)
