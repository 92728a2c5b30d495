package cli

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
