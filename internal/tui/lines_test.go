package tui

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jangle-otp/jangle/internal/otp"
	"github.com/jangle-otp/jangle/internal/term/termtest"
)

var errEnd = errors.New("end of the test")

func runLines(t *testing.T, w io.Writer, rows []Row, seconds int) (failed []int, err error) {
	t.Helper()
	now := noon.Add(28 * time.Second)
	return failed, Lines(context.Background(), w, LinesOptions{
		Rows: rows, Now: func() time.Time { return now },
		Code: func(i int, at time.Time) (otp.Code, error) {
			if rows[i].Issuer == "broken" {
				return otp.Code{}, errors.New("no PIN")
			}
			return fakeCode(i, at)
		},
		Wait: func(_ context.Context, d time.Duration) error {
			if d <= 0 || d > 2*time.Second {
				t.Errorf("waits %v", d)
			}
			now = now.Add(d)
			if seconds--; seconds == 0 {
				return errEnd
			}
			return nil
		},
		Failed: func(i int, err error) { failed = append(failed, i) },
	})
}

func TestLines(t *testing.T) {
	var out strings.Builder
	_, err := runLines(t, &out, []Row{{Issuer: "GitHub", Name: "ann"}, {Issuer: "Door", CounterBased: true}, {Name: "bob"}}, 5)
	want := "2026-11-22T12:00:28Z\tGitHub (ann)\t000000\n2026-11-22T12:00:28Z\tbob\t000000\n" +
		"2026-11-22T12:00:30Z\tGitHub (ann)\t000001\n2026-11-22T12:00:30Z\tbob\t000001\n"
	if !errors.Is(err, errEnd) || out.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out.String(), want)
	}
}

func TestLinesOfHostileNames(t *testing.T) {
	var rows []Row
	for _, name := range termtest.Hostile() {
		rows = append(rows, Row{Issuer: name, Name: name})
	}
	var out strings.Builder
	if _, err := runLines(t, &out, rows, 1); !errors.Is(err, errEnd) {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != len(rows) {
		t.Errorf("%d lines for %d accounts", got, len(rows))
	}
	for _, l := range strings.Split(out.String(), "\n") {
		if err := termtest.Check(strings.Replace(strings.Replace(l, "\t", " ", 1), "\t", " ", 1)); err != nil {
			t.Error(err)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestLinesEndWhenNobodyReads(t *testing.T) {
	if _, err := runLines(t, brokenPipe{}, fakeRows(), 5); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v", err)
	}
}

func TestLinesReportAFailureOnce(t *testing.T) {
	var out strings.Builder
	failures := 0
	now := noon
	_ = Lines(context.Background(), &out, LinesOptions{
		Rows: []Row{{Issuer: "broken"}}, Now: func() time.Time { return now },
		Code:   func(int, time.Time) (otp.Code, error) { return otp.Code{}, errors.New("no PIN") },
		Failed: func(int, error) { failures++ },
		Wait: func(context.Context, time.Duration) error {
			if now = now.Add(time.Minute); now.After(noon.Add(5 * time.Minute)) {
				return errEnd
			}
			return nil
		},
	})
	if failures != 1 || out.Len() > 0 {
		t.Errorf("told %d times, printed %q", failures, out.String())
	}
}
