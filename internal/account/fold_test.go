package account

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// asWritten and asSounds say in which level a query is found in a name.
const (
	asWritten = 2
	asSounds  = 1
	notAtAll  = 0
)

func TestFolding(t *testing.T) {
	for _, c := range []struct {
		query, name string
		want        int
	}{
		// as it is written
		{"めるかり", "メルカリ", asWritten}, {"メルカリ", "めるかり", asWritten}, {"ﾒﾙｶﾘ", "メルカリ", asWritten}, {"メルカリ", "ﾒﾙｶﾘ", asWritten},
		{"GITHUB", "GitHub", asWritten}, {"ｇｉｔｈｕｂ", "GitHub", asWritten}, {"GitHub", "ＧｉｔＨｕｂ", asWritten}, {"cafe", "Café", asWritten},
		{"café", "Cafe\u0301", asWritten}, {"zurich", "Zürich", asWritten}, {"strasse", "Straße", asWritten}, {"oresund", "Øresund", asWritten}, {"lodz", "Łódź", asWritten},
		{"がす", "か\u3099す", asWritten}, {"がす", "か゛す", asWritten}, {"ガス", "ｶﾞｽ", asWritten}, {"パス", "ﾊﾟｽ", asWritten}, {"ヴィザ", "ｳﾞｨｻﾞ", asWritten},
		{"d払い", "ｄ払い", asWritten}, {"(株)", "㈱楽天", asWritten}, {"高島屋", "髙島屋", asWritten}, {"1", "①", asWritten}, {"a-b", "Ａ－Ｂ", asWritten},
		{"ビューカード", "びゅーかーど", asWritten}, {"istanbul", "İstanbul", asWritten}, {"kelvin", "\u212Aelvin", asWritten}, {"σίσυφος", "ΣΊΣΥΦΟΣ", asWritten},
		{"楽天", "楽天証券", asWritten},
		// as it sounds
		{"rakuten", "らくてん", asSounds}, {"merukari", "メルカリ", asSounds}, {"yucho", "ゆうちょ", asSounds}, {"yuucho", "ゆうちょ", asSounds}, {"yūcho", "ゆうちょ", asSounds},
		{"yutyo", "ユウチョ", asSounds}, {"sumishin", "すみしん", asSounds}, {"sumisin", "すみしん", asSounds}, {"mitsui", "ミツイ", asSounds}, {"mitui", "みつい", asSounds},
		{"shinbun", "しんぶん", asSounds}, {"shimbun", "しんぶん", asSounds}, {"sinbun", "シンブン", asSounds}, {"tokyo", "とうきょう", asSounds}, {"toukyou", "トウキョウ", asSounds},
		{"tōkyō", "とうきょう", asSounds}, {"tôkyô", "とうきょう", asSounds}, {"tookyoo", "とうきょう", asSounds}, {"osaka", "おおさか", asSounds}, {"ohsaka", "おおさか", asSounds},
		{"nippon", "にっぽん", asSounds}, {"matcha", "まっちゃ", asSounds}, {"maccha", "まっちゃ", asSounds}, {"mattya", "まっちゃ", asSounds}, {"jibun", "じぶん", asSounds},
		{"zibun", "じぶんギンコウ", asSounds}, {"ginkou", "じぶんギンコウ", asSounds}, {"kin'yu", "きんゆう", asSounds}, {"kinnyuu", "きんゆう", asSounds}, {"kinyu", "キンユウ", asSounds},
		{"fujitsu", "ふじつう", asSounds}, {"huzituu", "ふじつう", asSounds}, {"famima", "ファミマ", asSounds}, {"dizuni", "ディズニー", asSounds}, {"disuku", "ディスク", asSounds},
		{"ui", "うぃ", notAtAll}, {"webu", "ウェブ", asSounds}, {"chekku", "チェック", asSounds}, {"shea", "シェア", asSounds}, {"jeitoku", "ジェイトク", asSounds}, {"vaio", "ヴァイオ", asSounds},
		{"patimo", "パーティーモ", asSounds}, {"dokomo", "ドコモ", asSounds}, {"docomo", "ドコモ", asSounds}, {"line", "ライン", notAtAll}, {"suika", "スイカ", asSounds}, {"pasumo", "パスモ", asSounds},
		{"ゆーちょ", "ゆうちょ", asSounds}, {"サーバ", "サーバー", asWritten}, {"サーバー", "サーバ", asSounds}, {"こんぴゅーた", "コンピューター", asWritten}, {"コンピューター", "コンピュータ", asSounds},
		{"ohno", "おおの", asSounds}, {"itoh", "いとう", asSounds}, {"shouwa", "しょうわ", asSounds}, {"showa", "ショウワ", asSounds}, {"tudumi", "つづみ", asSounds}, {"tsuzumi", "つづみ", asSounds},
		{"wo", "を", asSounds}, {"konnichiwa", "こんにちわ", asSounds}, {"kon'nichiwa", "こんにちわ", asSounds}, {"gunma", "ぐんま", asSounds}, {"gumma", "ぐんま", asSounds}, {"hyogo", "ひょうご", asSounds},
		{"kyushu", "きゅうしゅう", asSounds}, {"kyuusyuu", "きゅうしゅう", asSounds}, {"daiichi", "だいいち", asSounds},
		// not
		{"banku", "ぱんく", notAtAll}, {"かす", "ガス", notAtAll}, {"rakuten", "楽天", notAtAll}, {"raku", "GitHub", notAtAll}, {"ハハ", "パパ", notAtAll}, {"mercari", "メルカリ", notAtAll}, {"paypay", "ペイペイ", notAtAll},
		{"hinata", "ひなた", asSounds},
		{"-", "メルカリ", notAtAll}, {"ー", "めるかり", notAtAll},
	} {
		m := newMatcher([]string{c.query})
		m.level = noted
		got := notAtAll
		switch r := m.fit(&Account{Issuer: c.name}).rank; {
		case r < perLevel:
			got = asWritten
		case r < 2*perLevel:
			got = asSounds
		}
		if got != c.want {
			t.Errorf("%q in %q: %d, want %d", c.query, c.name, got, c.want)
		}
	}
}

// FuzzMatch: folding a second time changes nothing, a name that can be seen finds
// itself exactly, also beside another one, and no query brings a match down.
func FuzzMatch(f *testing.F) {
	for _, s := range []string{"GitHub", "ﾊﾟｽﾜｰﾄﾞ", "か\u3099", "İı", "\xff゛", "#tag:x", "\u1fb3\u0345", "ǰ㌀㈱", "\u2126\u212a", "ẞß", "a:b (c)", "の\u3099", "・ ・", "\u0130"} {
		f.Add(s, "メルカリ", "note:x #y")
	}
	f.Fuzz(func(t *testing.T, issuer, name, query string) {
		once := Fold(issuer)
		if again := Fold(once); again != once || !utf8.ValidString(once) {
			t.Fatalf("%q is folded to %q, and that to %q", issuer, once, again)
		}
		accounts := []Account{{ID: "aaaaaaaa", Issuer: issuer, Name: name, Note: query}, {ID: "bbbbbbbb", Issuer: name, Aliases: []string{query}, Tags: []string{issuer}}}
		Match(accounts, query)
		Ranked(accounts, strings.Fields(query)...)
		for _, text := range []string{issuer, name, accounts[0].Label(), query} {
			if strings.TrimSpace(Fold(text)) == "" {
				continue
			}
			m := newMatcher([]string{text})
			if f := m.fit(&Account{ID: "cccccccc", Issuer: text}); f.rank != exact {
				t.Fatalf("%q does not find itself", text)
			}
		}
		found := Match(accounts, accounts[0].Label())
		if NamesOne(accounts)(accounts[0].Label()) && (len(found) != 1 || found[0] != 0) {
			t.Fatalf("%q is said to name one account, and finds %v", accounts[0].Label(), found)
		}
	})
}

// Every character of the planes that have letters, alone and after others.
func TestFoldingTwice(t *testing.T) {
	for r := rune(0); r < 0x30000; r++ {
		for _, before := range []string{"", "は"} {
			s := before + string(r)
			if once := Fold(s); Fold(once) != once {
				t.Errorf("U+%04X after %q: %q, then %q", r, before, once, Fold(once))
			}
		}
	}
}
