package format

import (
	"context"
	"errors"
	"testing"
)

func TestUnlockAsksAgainAfterAWrongPassphrase(t *testing.T) {
	stop := errors.New("no more")
	for name, c := range map[string]struct {
		answers []string
		want    error
		asked   int
	}{
		"right at once":         {[]string{"good"}, nil, 1},
		"right at the third":    {[]string{"a", "b", "good"}, nil, 3},
		"never right":           {[]string{"a", "b", "c", "good"}, ErrWrongPassphrase, 3},
		"the same again":        {[]string{"a", "a", "good"}, ErrWrongPassphrase, 2},
		"the person gave up":    {[]string{"a"}, stop, 2},
		"giving up keeps cause": {[]string{"a"}, ErrWrongPassphrase, 2},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			ask := func(string) ([]byte, error) {
				asked++
				if asked > len(c.answers) {
					return nil, stop
				}
				return []byte(c.answers[asked-1]), nil
			}
			err := unlock(context.Background(), Options{Passphrase: ask}, "x", func(p []byte) error {
				if string(p) != "good" {
					return ErrWrongPassphrase
				}
				return nil
			})
			if !errors.Is(err, c.want) || asked != c.asked {
				t.Errorf("got %v after %d questions, want %v after %d", err, asked, c.want, c.asked)
			}
		})
	}
	if err := unlock(context.Background(), Options{}, "x", nil); !errors.Is(err, ErrPassphraseNeeded) {
		t.Errorf("without a way to ask: %v", err)
	}
}
