package usecase

const (
	defaultPage = 50
	maxPage     = 200
)

// pageSize is the number of items to answer with when asked for size.
func pageSize(size int) int {
	if size <= 0 {
		return defaultPage
	}
	return min(size, maxPage)
}
