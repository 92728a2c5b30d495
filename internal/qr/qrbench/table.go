package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// row is one set's figures for one reader.
type row struct {
	pictures, read, labelled, codes, wrong int
	times                                  []time.Duration
}

func (r *row) add(e entry, o outcome) {
	s := e.judge(o.texts)
	r.pictures++
	r.labelled += len(e.Expect)
	r.codes += s.right
	r.times = append(r.times, o.took)
	if s.read {
		r.read++
	}
	if s.wrong > 0 {
		r.wrong++
	}
}

// table has a row for each set and reader: ours first, then zbarimg.
type table struct {
	names []string
	rows  map[string]*[2]row
}

func newTable() *table { return &table{rows: map[string]*[2]row{}} }

func (t *table) add(e entry, o outcome, reader int) {
	for _, name := range []string{e.Set, "all"} {
		if t.rows[name] == nil {
			t.rows[name] = new([2]row)
			t.names = append(t.names, name)
		}
		t.rows[name][reader].add(e, o)
	}
}

func (t *table) print(w io.Writer) error {
	slices.Sort(t.names)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "set\tpictures\tread\t%\tcodes\tof\twrong\tmedian ms\tmax ms\tzbarimg read\t%\twrong\tmedian ms\tmax ms\t")
	for _, name := range t.names {
		r := t.rows[name]
		ours, zbar := r[0], r[1]
		fmt.Fprintf(tw, "%s\t%d\t%d\t%.1f\t%d\t%d\t%d\t%s\t%s\t", name, ours.pictures, ours.read, ours.percent(),
			ours.codes, ours.labelled, ours.wrong, ours.at(0.5), ours.at(1))
		if zbar.pictures > 0 {
			fmt.Fprintf(tw, "%d\t%.1f\t%d\t%s\t%s\t", zbar.read, zbar.percent(), zbar.wrong, zbar.at(0.5), zbar.at(1))
		}
		fmt.Fprintln(tw)
	}
	return tw.Flush()
}

func (r row) percent() float64 { return 100 * float64(r.read) / float64(max(1, r.pictures)) }

// at is the time that a share of the pictures stays within, in milliseconds.
func (r row) at(share float64) string {
	if len(r.times) == 0 {
		return "-"
	}
	slices.Sort(r.times)
	i := min(len(r.times)-1, int(share*float64(len(r.times))))
	return fmt.Sprintf("%.0f", r.times[i].Seconds()*1000)
}
