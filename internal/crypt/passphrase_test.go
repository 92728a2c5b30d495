package crypt

import (
	"bytes"
	"crypto/rand"
	"errors"
	"math"
	"strings"
	"testing"

	"filippo.io/age"
)

func TestNormalisePassphrase(t *testing.T) {
	for in, want := range map[string]string{
		"p":                  "p",
		"p\n":                "p",
		"p\r\n":              "p",
		"p\n\n":              "p\n",
		"p\r":                "p\r",
		" p \n":              " p ",
		"":                   "",
		"\n":                 "",
		"Gru\u0308ße\n":      "Gr\u00fcße",
		"\ufb01":             "\ufb01", // NFC, not NFKC: the ligature stays
		"\xff\xfe":           "\xff\xfe",
		"\u1112\u1161\u11ab": "\ud55c",
	} {
		if got := NormalisePassphrase([]byte(in)); string(got) != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// TestPassphraseInOtherForm: another program used the passphrase as it came
// from the keyboard, not in NFC.
func TestPassphraseInOtherForm(t *testing.T) {
	r, err := age.NewScryptRecipient("Gru\u0308ße")
	if err != nil {
		t.Fatal(err)
	}
	r.SetWorkFactor(quick)
	data, err := encryptUnlimited([]byte(message), r)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := Decrypt(t.Context(), data, Keys{Passphrase: []byte("Gru\u0308ße")}); err != nil || string(out) != message {
		t.Errorf("%q, %v", out, err)
	}
}

func TestNewPassphraseLimits(t *testing.T) {
	for p, good := range map[string]bool{
		"": false, "p": true, strings.Repeat("p", 1024): true, strings.Repeat("p", 1025): false,
		"a\nb": false, "a\x00b": false, "a\tb": false, "\xff": false, "日本語": true,
	} {
		_, err := EncryptPassphrase(t.Context(), nil, []byte(p), PassphraseOptions{WorkFactor: quick})
		if (err == nil) != good {
			t.Errorf("%.20q: %v", p, err)
		}
		if err != nil && len(p) > 3 && strings.Contains(err.Error(), p) {
			t.Errorf("the error repeats the passphrase: %v", err)
		}
	}
}

func TestJudgePassphrase(t *testing.T) {
	for p, good := range map[string]bool{
		"":                             false,
		"short":                        false,
		"elevenchars":                  false,
		"password1234":                 false,
		"Password1234!":                false,
		"P@ssw0rd2024!!":               false,
		"passwordpassword":             false,
		"correcthorsebatterystaple":    false,
		"qwertyuiop[]":                 false,
		"qwertyuiopasdfgh":             false,
		"1qaz2wsx3edc4rfv":             false,
		"1q2w3e4r5t6y":                 false,
		"aaaaaaaaaaaaaaaaaaaaaaaa":     false,
		"123456789012345678901234":     false,
		"abcdefghijklmnopqrstuvwxyz":   false,
		"monkeydragon1":                false,
		"iloveyou12345":                false,
		"letmeinplease":                false,
		"January2024!":                 false,
		"abcabcabcabcabcabcabc":        false,
		"kX9#qL2!vT7m":                 true,
		"vjfrwtkzmqpx":                 true,
		"orbit velvet harbor nut quiz": true,
		"mein hut der hat drei ecken":  true,
		"パスワードは秘密にする":                  false, // eleven characters
		"パスワードは秘密にするよね":                  true,
		"abababababababababab":           false,
		"drowssapdrowssap":               false,
		"john.smith@gmail.com":           false,
		"tobeornottobe":                  false,
		"harrypotter7":                   false,
		"To be, or not to be?":           false,
		"sakuranohanagasuki":             false,
		"yamadatarou1985":                false,
		"24.12.1999-24.12.1999":          false,
		"147258369147258369":             false,
		"zaq12wsxcde34rfv":               false,
		"palabras secretas de mi abuela": true,
	} {
		err := JudgePassphrase([]byte(p))
		if (err == nil) != good {
			t.Errorf("%s (%.0f bits): %v", p, estimate(dictionary(), p), err)
		}
		var weak *WeakError
		if p != "" && !good && !errors.As(err, &weak) {
			t.Errorf("%s: %v is no WeakError", p, err)
		}
	}
}

// TestCommonPasswordsAreRefused: every entry of our list, and what people make of
// it to reach twelve characters.
func TestCommonPasswordsAreRefused(t *testing.T) {
	words := dictionary()
	for _, w := range strings.Fields(commonList) {
		for _, p := range []string{w, w + "123", w + "2024", strings.ToUpper(w[:1]) + w[1:] + "1!", w + w, strings.ToUpper(w)} {
			if bits := estimate(words, p); bits >= MinPassphraseBits {
				t.Errorf("%s passes with %.0f bits", p, bits)
			}
		}
	}
}

func TestWordList(t *testing.T) {
	words := strings.Fields(wordList)
	seen := map[string]bool{}
	for _, w := range words {
		start := w[:min(len(w), 4)]
		if seen[start] || len(w) < 3 || len(w) > 8 || strings.ToLower(w) != w {
			t.Errorf("%q", w)
		}
		seen[start] = true
	}
	if len(words) != listedWords {
		t.Errorf("%d words", len(words))
	}
}

// TestWordsAreEquallyLikely: chi-square over 10^6 words. With 2,047 degrees of
// freedom the statistic is within 6 standard deviations of its mean.
func TestWordsAreEquallyLikely(t *testing.T) {
	count, words := map[string]int{}, strings.Fields(wordList)
	const total = 1_000_000
	for range total / generatedWords {
		p, err := choose(words, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range strings.Split(p, passphraseGlue) {
			count[w]++
		}
	}
	mean, chi := float64(total)/listedWords, 0.0
	for _, n := range count {
		chi += (float64(n) - mean) * (float64(n) - mean) / mean
	}
	chi += float64(listedWords-len(count)) * mean
	if freedom := float64(listedWords - 1); math.Abs(chi-freedom) > 6*math.Sqrt(2*freedom) {
		t.Errorf("chi-square %.0f", chi)
	}
}

// TestGenerateUsesAllBits: the first and the last word, and no bytes, no words.
func TestGenerateUsesAllBits(t *testing.T) {
	low, err := GeneratePassphrase(bytes.NewReader(make([]byte, 20)))
	if err != nil || low != strings.Repeat("abandon-", 9)+"abandon" {
		t.Errorf("%s, %v", low, err)
	}
	high, err := GeneratePassphrase(bytes.NewReader(bytes.Repeat([]byte{0xff}, 20)))
	if err != nil || high != strings.Repeat("zoo-", 9)+"zoo" {
		t.Errorf("%s, %v", high, err)
	}
	if _, err := GeneratePassphrase(bytes.NewReader(make([]byte, 19))); err == nil {
		t.Error("made a passphrase of too few bytes")
	}
}

// TestTypedWords: what somebody types of the ten words on paper opens the file, with
// one derivation more at most; other texts have no second way.
func TestTypedWords(t *testing.T) {
	phrase, err := GeneratePassphrase(bytes.NewReader(bytes.Repeat([]byte("\x03\x07\x15\x22\x09"), 4)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := EncryptPassphrase(t.Context(), []byte(message), []byte(phrase), PassphraseOptions{WorkFactor: quick})
	if err != nil {
		t.Fatal(err)
	}
	between := func(glue string) string { return strings.ReplaceAll(phrase, "-", glue) }
	wide := strings.Map(func(r rune) rune { return r - '!' + '！' }, phrase)
	for _, typed := range []string{
		phrase, between(" "), between("  "), between("\n"), between("\r\n"), between("\t"), between("\u3000"), between("\u00a0"),
		between("–"), between("—"), between("‐"), between("‑"), between("−"), between("－"), between(" - "), between("\u200b "),
		" " + phrase + " ", strings.ToUpper(between(" ")), strings.ToUpper(phrase[:1]) + phrase[1:], wide, phrase + "\n",
	} {
		if got, ok := GeneratedPassphrase([]byte(typed)); !ok || got != phrase {
			t.Errorf("%q: %q, %v", typed, got, ok)
		}
		out, err := Decrypt(t.Context(), data, Keys{Passphrase: []byte(typed)})
		if err != nil || string(out) != message {
			t.Errorf("%q: %q, %v", typed, out, err)
		}
		if part, err := DecryptPart(t.Context(), data, Keys{Passphrase: []byte(typed)}); err != nil || string(part) != message {
			t.Errorf("%q, in part: %q, %v", typed, part, err)
		}
		if ids, err := scryptIdentities([]byte(typed), quick); err != nil || len(ids) > 2 {
			t.Errorf("%q: %d derivations, %v", typed, len(ids), err)
		}
	}
	for _, typed := range []string{"", "-", between(""), phrase + "-zoo", phrase[:len(phrase)-1], between("_"), "passwort " + between(" ")} {
		if got, ok := GeneratedPassphrase([]byte(typed)); ok {
			t.Errorf("%q is taken for %q", typed, got)
		}
	}
	own, err := EncryptPassphrase(t.Context(), []byte(message), []byte(between(" ")), PassphraseOptions{WorkFactor: quick})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decrypt(t.Context(), own, Keys{Passphrase: []byte(between(" "))}); err != nil {
		t.Errorf("ten words with blanks that somebody chose: %v", err)
	}
}
