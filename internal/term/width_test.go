package term

import "testing"

// A terminal that does not know a picture of joined emoji draws each of them: there
// has to be room for that.
func TestJoinedEmojiHaveRoom(t *testing.T) {
	const family = "👨\u200d👩\u200d👧"
	if w := Width(family); w != 6 {
		t.Errorf("Width is %d, want 6", w)
	}
	for cells, want := range map[int]string{6: family, 7: family, 5: "👨👩…", 2: "…"} {
		if got := Truncate(family, cells); got != want {
			t.Errorf("Truncate to %d: %q, want %q", cells, got, want)
		}
	}
}
