package otpauth

import (
	"cmp"
	"reflect"
	"slices"
)

// Batch is the QR codes of one export that were found, in the export's order.
type Batch struct {
	Parts   []Migration
	Size    int   // codes in the export
	Missing []int // numbers of the codes that are not there, from 1
}

// Batches groups codes by export: by batch id, or where the app wrote none by
// the number of codes, and then a second code of the same number begins another
// export. The same code twice counts once. Exports come in the order of their
// first code.
func Batches(codes []Migration) []Batch {
	var batches []Batch
	for _, m := range codes {
		placed := slices.ContainsFunc(batches, func(b Batch) bool { return b.holds(m) })
		if placed {
			continue
		}
		i := slices.IndexFunc(batches, func(b Batch) bool { return b.takes(m) })
		if i < 0 {
			batches = append(batches, Batch{Parts: []Migration{m}})
			continue
		}
		batches[i].Parts = append(batches[i].Parts, m)
	}
	for i := range batches {
		batches[i].finish()
	}
	return batches
}

func (b Batch) holds(m Migration) bool {
	return slices.ContainsFunc(b.Parts, func(p Migration) bool { return reflect.DeepEqual(p, m) })
}

func (b Batch) takes(m Migration) bool {
	first := b.Parts[0]
	if first.BatchID != m.BatchID || first.size() != m.size() {
		return false
	}
	return m.BatchID != 0 || !b.has(m.BatchIndex)
}

func (b Batch) has(index int) bool {
	return slices.ContainsFunc(b.Parts, func(p Migration) bool { return p.BatchIndex == index })
}

// size is at least 1: some apps leave it out of a single code.
func (m Migration) size() int { return max(1, m.BatchSize) }

func (b *Batch) finish() {
	slices.SortStableFunc(b.Parts, func(x, y Migration) int { return cmp.Compare(x.BatchIndex, y.BatchIndex) })
	b.Size = b.Parts[0].size()
	for i := range min(b.Size, MaxMigrationBatch) {
		if !b.has(i) {
			b.Missing = append(b.Missing, i+1)
		}
	}
}
