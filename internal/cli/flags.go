package cli

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// texts is the value of a flag that may be given several times. pflag's own writes
// its empty default with a CSV writer of 4 KB for each flag, at each start.
type texts []string

// Set adds one.
func (t *texts) Set(text string) error {
	*t = append(*t, text)
	return nil
}

// Type is what help calls the value.
func (t *texts) Type() string { return "stringArray" }

// String is what help shows as the default: nothing.
func (t *texts) String() string { return "" }

// span is the value of a flag for a length of time: "1m30s", or a number of seconds.
type span struct{ time.Duration }

// Set reads it.
func (s *span) Set(text string) error {
	d, err := time.ParseDuration(text)
	if n, errSeconds := strconv.ParseUint(text, 10, 31); errSeconds == nil {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d < 0 {
		return errors.New("a length of time is 10 or 10s for ten seconds, or 1m30s")
	}
	s.Duration = d
	return nil
}

// Type is what help calls the value.
func (s *span) Type() string { return "seconds" }

// String is what help shows as the default: nothing.
func (s *span) String() string { return "" }

// moment is the value of a flag for a point in time: RFC 3339, a date with or
// without a time in UTC, or seconds since 1970. It is the zero time if the flag was
// not given.
type moment struct{ time.Time }

// Set reads it.
func (m *moment) Set(text string) error {
	if n, err := strconv.ParseInt(strings.TrimPrefix(text, "@"), 10, 64); err == nil {
		m.Time = time.Unix(n, 0).UTC()
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && !t.IsZero() {
			m.Time = t
			return nil
		}
	}
	return errors.New("a time is 2026-11-22T10:00:00Z, 2026-11-22 10:00 (UTC) or 1795341600 (seconds since 1970)")
}

// Type is what help calls the value.
func (m *moment) Type() string { return "time" }

// String is what help shows as the default: nothing.
func (m *moment) String() string { return "" }
