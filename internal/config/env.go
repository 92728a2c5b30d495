package config

import (
	"fmt"
	"path/filepath"
	"runtime"
)

// Env answers for environment variables. Only the names in Variables may be
// asked for, so that the list which people see is the whole truth.
type Env struct {
	// Lookup is os.Getenv in the program and a map in tests.
	Lookup func(name string) string
	// Home is the user's home directory, empty if there is none.
	Home string
}

// Variable is one environment variable that jangle looks at.
type Variable struct{ Name, Meaning string }

// Variables are all that jangle looks at. `jangle help environment` prints them.
func Variables() []Variable {
	return []Variable{
		{"JANGLE_HOME", "one folder for everything: configuration, file store, locks"},
		{"XDG_CONFIG_HOME", "where the folder jangle/ with config.toml is (else ~/.config)"},
		{"XDG_DATA_HOME", "where the folder jangle/ with the file store is (else ~/.local/share)"},
		{"XDG_RUNTIME_DIR", "where Wayland's socket is"},
		{"DBUS_SESSION_BUS_ADDRESS", "how to reach the keyring (Linux)"},
		{"NO_COLOR", "not empty: no colour"},
		{"TERM", "dumb: no colour and no cursor movement"},
		{"TERM_PROGRAM", "which terminal it is, for drawing pictures in it"},
		{"KITTY_WINDOW_ID", "the terminal is Kitty"},
		{"COLORTERM", "how many colours the terminal has"},
		{"SSH_CONNECTION", "this is a remote session: copying goes through the terminal (OSC 52)"},
		{"SSH_TTY", "as SSH_CONNECTION"},
		{"TMUX", "the terminal is inside tmux"},
		{"STY", "the terminal is inside screen"},
		{"WAYLAND_DISPLAY", "the Wayland desktop, for the clipboard and the screen"},
		{"DISPLAY", "the X11 desktop, for the clipboard and the screen"},
		{"XAUTHORITY", "as DISPLAY"},
		{"WSL_DISTRO_NAME", "this is Linux inside Windows: its clipboard is Windows' own"},
		{"APPDATA", "where settings and files are (Windows)"},
		{"LOCALAPPDATA", "as APPDATA"},
	}
}

// Get returns the value of a variable in Variables; any other name is a mistake
// in the program.
func (e Env) Get(name string) string {
	for _, v := range Variables() {
		if v.Name == name {
			return e.Lookup(name)
		}
	}
	panic("config: the environment variable " + name + " is not listed in Variables")
}

// Paths are the places of jangle's files.
type Paths struct {
	Config string // the file config.toml
	Data   string // the folder of the file store and the locks
}

// Paths returns where the files are; it creates nothing. It fails where neither
// a variable nor a home directory says so.
func (e Env) Paths() (Paths, error) {
	if home := e.Get("JANGLE_HOME"); home != "" {
		abs, err := filepath.Abs(home)
		if err != nil {
			return Paths{}, fmt.Errorf("JANGLE_HOME: %w", err)
		}
		return Paths{filepath.Join(abs, "config.toml"), filepath.Join(abs, "data")}, nil
	}
	// The folders under which every program has its own.
	config, data := e.Get("APPDATA"), e.Get("LOCALAPPDATA")
	if runtime.GOOS != "windows" {
		config, data = e.xdg("XDG_CONFIG_HOME", ".config"), e.xdg("XDG_DATA_HOME", ".local", "share")
	}
	if config == "" || data == "" {
		return Paths{}, fmt.Errorf("there is no home directory: set HOME or JANGLE_HOME")
	}
	return Paths{filepath.Join(config, "jangle", "config.toml"), filepath.Join(data, "jangle")}, nil
}

// xdg is a folder of the XDG base directory specification, which says that a
// relative value is ignored.
func (e Env) xdg(name string, below ...string) string {
	if dir := e.Get(name); filepath.IsAbs(dir) {
		return dir
	}
	if e.Home == "" {
		return ""
	}
	return filepath.Join(append([]string{e.Home}, below...)...)
}
