package otpauth

import (
	"cmp"
	"crypto/sha256"
	"fmt"
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
// first code. It takes time in proportion to the codes.
func Batches(codes []Migration) []Batch {
	type export struct {
		id   int32
		size int
		nth  int // without an id: the how manieth of its size
	}
	type number struct{ size, index int }
	seen := map[[sha256.Size]byte]bool{}
	places := map[export]int{}
	nameless := map[number]int{} // how often a number came without an id
	var batches []Batch
	for _, m := range codes {
		sum := m.fingerprint()
		if seen[sum] {
			continue
		}
		seen[sum] = true
		e := export{id: m.BatchID, size: m.size()}
		if m.BatchID == 0 {
			n := number{m.size(), m.BatchIndex}
			e.nth = nameless[n]
			nameless[n]++
		}
		i, known := places[e]
		if !known {
			i = len(batches)
			places[e], batches = i, append(batches, Batch{Size: e.size})
		}
		batches[i].Parts = append(batches[i].Parts, m)
	}
	for i := range batches {
		b := &batches[i]
		slices.SortStableFunc(b.Parts, func(x, y Migration) int { return cmp.Compare(x.BatchIndex, y.BatchIndex) })
		have := map[int]bool{}
		for _, p := range b.Parts {
			have[p.BatchIndex] = true
		}
		for n := range min(b.Size, MaxMigrationBatch) {
			if !have[n] {
				b.Missing = append(b.Missing, n+1)
			}
		}
	}
	return batches
}

// fingerprint is the same for two codes that say the same.
func (m Migration) fingerprint() (sum [sha256.Size]byte) {
	h := sha256.New()
	fmt.Fprintln(h, m.BatchID, m.BatchIndex, m.BatchSize, m.Version)
	for _, e := range m.Accounts {
		a := e.Account
		fmt.Fprintf(h, "%q %q %q %q %d %d %d %x %q %v\n", a.Issuer, a.Name, a.Type, a.Algorithm, a.Digits, a.Period, a.Counter, a.Secret.Bytes(), e.Warnings, e.Err)
	}
	h.Sum(sum[:0])
	return sum
}

// size is at least 1: some apps leave it out of a single code.
func (m Migration) size() int { return max(1, m.BatchSize) }
