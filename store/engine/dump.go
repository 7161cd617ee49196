package engine

// Columns names columns of a table.
type Columns struct {
	Table   string
	Columns []string
}

// Dumped calls row for every row of a table. A value is nil, an int64, a string or bytes.
type Dumped func(row func(values []any) error) error
