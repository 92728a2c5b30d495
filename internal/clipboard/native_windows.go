package clipboard

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The calls of the clipboard, looked up when they are used.
var (
	user32                  = windows.NewLazySystemDLL("user32.dll")
	kernel32                = windows.NewLazySystemDLL("kernel32.dll")
	openClipboard           = user32.NewProc("OpenClipboard")
	closeClipboard          = user32.NewProc("CloseClipboard")
	emptyClipboard          = user32.NewProc("EmptyClipboard")
	setClipboardData        = user32.NewProc("SetClipboardData")
	getClipboardData        = user32.NewProc("GetClipboardData")
	registerClipboardFormat = user32.NewProc("RegisterClipboardFormatW")
	globalAlloc             = kernel32.NewProc("GlobalAlloc")
	globalFree              = kernel32.NewProc("GlobalFree")
	globalLock              = kernel32.NewProc("GlobalLock")
	globalUnlock            = kernel32.NewProc("GlobalUnlock")
	globalSize              = kernel32.NewProc("GlobalSize")
)

const (
	formatUnicodeText = 13
	moveable          = 2 // GMEM_MOVEABLE
)

// excluding are the formats that keep a text out of the history (Win+V), the
// cloud and clipboard managers. Their presence, with a zero, is the message.
var excluding = [...]string{"ExcludeClipboardContentFromMonitorProcessing", "CanIncludeInClipboardHistory", "CanUploadToCloudClipboard"}

type windowsClipboard struct{ image command }

func windowsBackend(s System) backend {
	return windowsClipboard{command{program: wsl, lookPath: s.LookPath}}
}

func (windowsClipboard) name() string { return "the Windows clipboard" }

func (w windowsClipboard) write(ctx context.Context, text []byte) error {
	return withClipboard(ctx, func() error {
		if r, _, err := emptyClipboard.Call(); r == 0 {
			return fmt.Errorf("cannot empty the clipboard: %w", err)
		}
		units, err := windows.UTF16FromString(string(text))
		if err != nil {
			return err
		}
		for _, name := range excluding {
			wide, err := windows.UTF16PtrFromString(name)
			if err != nil {
				return err
			}
			format, _, err := registerClipboardFormat.Call(uintptr(unsafe.Pointer(wide)))
			if format == 0 {
				return fmt.Errorf("cannot mark the text as sensitive: %w", err)
			}
			if err := setData(format, []uint16{0, 0}); err != nil {
				return err
			}
		}
		return setData(formatUnicodeText, units)
	})
}

// setData hands a copy of the units to the system, which owns it from then on.
func setData(format uintptr, units []uint16) error {
	handle, _, err := globalAlloc.Call(moveable, uintptr(len(units)*2))
	if handle == 0 {
		return fmt.Errorf("no memory for the clipboard: %w", err)
	}
	address, _, err := globalLock.Call(handle)
	if address == 0 {
		return fmt.Errorf("cannot use the clipboard's memory: %w", err)
	}
	copy(unsafe.Slice(pointerTo(address), len(units)), units)
	_, _, _ = globalUnlock.Call(handle)
	if r, _, err := setClipboardData.Call(format, handle); r == 0 {
		_, _, _ = globalFree.Call(handle)
		return fmt.Errorf("cannot write to the clipboard: %w", err)
	}
	return nil
}

func (windowsClipboard) readText(ctx context.Context) (text []byte, err error) {
	err = withClipboard(ctx, func() error {
		handle, _, _ := getClipboardData.Call(formatUnicodeText)
		if handle == 0 {
			return nil // no text there
		}
		address, _, err := globalLock.Call(handle)
		if address == 0 {
			return fmt.Errorf("cannot read the clipboard: %w", err)
		}
		defer globalUnlock.Call(handle)
		size, _, _ := globalSize.Call(handle)
		if size > maxContent {
			return errors.New("the clipboard holds too much")
		}
		text = []byte(windows.UTF16ToString(unsafe.Slice(pointerTo(address), size/2)))
		return nil
	})
	return text, err
}

// pointerTo turns an address that the system returned into a pointer. It goes by
// way of its own address, as the memory is not Go's and vet cannot know.
func pointerTo(address uintptr) *uint16 { return *(**uint16)(unsafe.Pointer(&address)) }

func (w windowsClipboard) readImage(ctx context.Context) ([]byte, error) {
	return w.image.decodedImage(ctx)
}

func (windowsClipboard) clear(ctx context.Context) error {
	return withClipboard(ctx, func() error {
		if r, _, err := emptyClipboard.Call(); r == 0 {
			return fmt.Errorf("cannot empty the clipboard: %w", err)
		}
		return nil
	})
}

// withClipboard opens the clipboard, which one program at a time has and one
// thread must close again.
func withClipboard(ctx context.Context, f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for {
		r, _, err := openClipboard.Call(0)
		if r != 0 {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("another program holds the clipboard: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	defer closeClipboard.Call()
	return f()
}
