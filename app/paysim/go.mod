module github.com/stockonce/stockonce/app/paysim

go 1.26.0
