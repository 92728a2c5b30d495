package account

import (
	"fmt"
	"testing"
)

func benchAccounts(kind string) []Account {
	out := make([]Account, 10000)
	for i := range out {
		out[i] = Account{ID: fmt.Sprintf("a%07d", i), Issuer: fmt.Sprintf("Site %d", i), Name: fmt.Sprintf("user%d@example.com", i)}
		if kind == "mixed" && i%10 < 4 {
			out[i].Issuer = []string{"楽天銀行", "メルカリ", "ゆうちょ銀行", "Zürich Café"}[i%10] + fmt.Sprint(i)
		}
	}
	return out
}

// BenchmarkMatch is a search over 10,000 accounts, four of ten with kana, kanji or accents.
func BenchmarkMatch(b *testing.B) {
	for _, kind := range []string{"ascii", "mixed"} {
		accounts := benchAccounts(kind)
		for _, q := range []string{"site 4242", "user4242", "nosuch", "ゆうちょ銀行4242"} {
			b.Run(kind+"/"+q, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					Match(accounts, q)
				}
			})
		}
	}
}
