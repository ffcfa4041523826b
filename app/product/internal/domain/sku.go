package domain

// SKU is one stock keeping unit.
type SKU struct {
	Code      string
	ProductID string
	// Price of one piece, in minor units of Currency (ISO 4217).
	Price    int64
	Currency string
	// Stock is the pieces on hand. It is never below zero and always the sum of the
	// SKU's movements.
	Stock int64
	// LowWater is the stock below which operators want to know; 0 means never.
	LowWater int64
}

// check tells which rule of a SKU to create is broken.
func (s SKU) check() error {
	if err := match("code", skuCode, s.Code); err != nil {
		return err
	}
	if err := match("currency", currency, s.Currency); err != nil {
		return err
	}
	if err := within("price", s.Price, 1, MaxPrice); err != nil {
		return err
	}
	if err := within("opening stock", s.Stock, 0, MaxOpeningStock); err != nil {
		return err
	}
	return within("low water", s.LowWater, 0, MaxOpeningStock)
}
