package crypt

import (
	_ "embed" // for the lists of words
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// wordList holds the 2,048 English words of BIP-39 (MIT licence), one a line.
// No two of them begin with the same four letters, so a misread word shows.
//
//go:embed words.txt
var wordList string

const (
	listedWords    = 2048
	generatedWords = 10
	passphraseGlue = "-"
)

// GeneratePassphrase makes a passphrase of ten words, 110 bits, from a source of
// random bytes: crypto/rand.Reader, except in tests.
func GeneratePassphrase(random io.Reader) (string, error) {
	words := strings.Fields(wordList)
	if len(words) != listedWords {
		return "", fmt.Errorf("the word list has %d words instead of %d", len(words), listedWords)
	}
	return choose(words, random)
}

func choose(words []string, random io.Reader) (string, error) {
	var raw [2 * generatedWords]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("no random bytes: %w", err)
	}
	chosen := make([]string, generatedWords)
	for i := range chosen {
		// 65,536 is a multiple of 2,048, so every word is equally likely.
		chosen[i] = words[binary.BigEndian.Uint16(raw[2*i:])%listedWords]
	}
	clear(raw[:])
	return strings.Join(chosen, passphraseGlue), nil
}

// GeneratedPassphrase returns the passphrase that GeneratePassphrase made, of the
// words of it as a person types or scans them: in any case, also in full-width
// letters, with any blanks, line ends or dashes between them. ok is false for
// everything but ten words of the list.
func GeneratedPassphrase(typed []byte) (phrase string, ok bool) {
	if len(typed) > MaxPassphrase {
		return "", false
	}
	words := strings.FieldsFunc(strings.ToLower(norm.NFKC.String(string(typed))), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Dash, r) || unicode.Is(unicode.Cf, r)
	})
	listed := "\n" + wordList + "\n"
	for _, w := range words {
		if !strings.Contains(listed, "\n"+w+"\n") {
			return "", false
		}
	}
	return strings.Join(words, passphraseGlue), len(words) == generatedWords
}
