package screen

import (
	"context"
	"fmt"
	"image"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The calls of GDI, looked up when they are used.
var (
	user32             = windows.NewLazySystemDLL("user32.dll")
	gdi32              = windows.NewLazySystemDLL("gdi32.dll")
	getSystemMetrics   = user32.NewProc("GetSystemMetrics")
	setDPIAware        = user32.NewProc("SetProcessDPIAware")
	getDC              = user32.NewProc("GetDC")
	releaseDC          = user32.NewProc("ReleaseDC")
	createCompatibleDC = gdi32.NewProc("CreateCompatibleDC")
	deleteDC           = gdi32.NewProc("DeleteDC")
	createDIBSection   = gdi32.NewProc("CreateDIBSection")
	selectObject       = gdi32.NewProc("SelectObject")
	deleteObject       = gdi32.NewProc("DeleteObject")
	bitBlt             = gdi32.NewProc("BitBlt")
)

// Numbers of the Windows headers.
const (
	metricXVirtual      = 76 // of the rectangle around all monitors
	metricYVirtual      = 77
	metricWidthVirtual  = 78
	metricHeightVirtual = 79
	copySource          = 0x00CC0020 // SRCCOPY
	captureLayered      = 0x40000000 // CAPTUREBLT: windows with transparency too
)

// bitmapHeader is BITMAPINFOHEADER.
type bitmapHeader struct {
	size                   uint32
	width, height          int32
	planes, bitCount       uint16
	compression, sizeImage uint32
	xPerMeter, yPerMeter   int32
	used, important        uint32
}

// captureNative copies the rectangle around all monitors.
func captureNative(context.Context, System) ([]image.Image, error) {
	_, _, _ = setDPIAware.Call() // else the picture is of scaled coordinates
	x, y := metric(metricXVirtual), metric(metricYVirtual)
	width, height := metric(metricWidthVirtual), metric(metricHeightVirtual)
	if width <= 0 || height <= 0 || int(width)*int(height) > maxPixels {
		return nil, fmt.Errorf("%w: the desktop is %d by %d pixels", ErrNone, width, height)
	}
	screen, _, err := getDC.Call(0)
	if screen == 0 {
		return nil, fmt.Errorf("%w: no desktop: %w", ErrNone, err)
	}
	defer releaseDC.Call(0, screen)
	memory, _, err := createCompatibleDC.Call(screen)
	if memory == 0 {
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	defer deleteDC.Call(memory)
	// A negative height: the first row is the upper one.
	header := bitmapHeader{size: uint32(unsafe.Sizeof(bitmapHeader{})), width: width, height: -height, planes: 1, bitCount: 32}
	var pixels *byte
	bitmap, _, err := createDIBSection.Call(screen, uintptr(unsafe.Pointer(&header)), 0, uintptr(unsafe.Pointer(&pixels)), 0, 0)
	if bitmap == 0 || pixels == nil {
		return nil, fmt.Errorf("%w: no memory for the picture: %w", ErrNone, err)
	}
	defer deleteObject.Call(bitmap)
	before, _, _ := selectObject.Call(memory, bitmap)
	defer selectObject.Call(memory, before)
	if ok, _, err := bitBlt.Call(memory, 0, 0, uintptr(width), uintptr(height), screen, uintptr(x), uintptr(y), copySource|captureLayered); ok == 0 {
		return nil, fmt.Errorf("%w: the desktop cannot be copied (is it locked?): %w", ErrNone, err)
	}
	return []image.Image{fromBGRX(unsafe.Slice(pixels, int(width)*int(height)*4), int(width), int(height))}, nil
}

// metric is int32: monitors left of the first one have negative coordinates.
func metric(index uintptr) int32 {
	v, _, _ := getSystemMetrics.Call(index)
	return int32(v)
}

// fromBGRX copies blue, green, red and a byte without meaning.
func fromBGRX(pixels []byte, width, height int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := 0; i < len(pixels); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = pixels[i+2], pixels[i+1], pixels[i], 0xff
	}
	return img
}
