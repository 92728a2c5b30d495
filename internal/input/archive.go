package input

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/jangle-otp/jangle/internal/format"
)

// archive reads every file of a ZIP archive that is no app's own, as those of a
// folder. What an archive says of its sizes is not believed: it ends at the limits of
// package format, counted as the bytes come out.
func (r *reader) archive(ctx context.Context, in format.Input) error {
	z, err := zip.NewReader(bytes.NewReader(in.Data), int64(len(in.Data)))
	if err != nil {
		return failed("download or copy the archive again", "%s: it is not a whole ZIP archive", in.Name)
	}
	has := func(name string) bool {
		return slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == name })
	}
	for _, document := range []struct {
		is   bool
		what string
	}{
		{has("word/document.xml"), "a Word document"},
		{has("xl/workbook.xml"), "an Excel workbook"},
		{has("ppt/presentation.xml"), "a PowerPoint presentation"},
		{has("META-INF/manifest.xml") && has("content.xml"), "an OpenDocument file"},
		{has("META-INF/container.xml"), "an e-book"},
		{has("AndroidManifest.xml"), "an Android app"},
	} {
		if document.is {
			return failed("save it as a CSV or text file, then import that", "%s: %w", in.Name, &foreign{document.what})
		}
	}
	files, total := map[string][]byte{}, 0
	for _, f := range z.File {
		// The Finder adds a folder of its own.
		if f.Mode().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") || strings.HasPrefix(path.Base(f.Name), ".") {
			continue
		}
		if f.Flags&1 != 0 {
			return failed("unpack it with its password (7z x FILE), then import the folder", "%s: the archive is encrypted, and no app's that jangle knows", in.Name)
		}
		opened, err := f.Open()
		if err != nil {
			return failed("", "%s: a file in the archive cannot be unpacked: %w", in.Name, err)
		}
		data, err := io.ReadAll(io.LimitReader(opened, int64(format.MaxFileBytes-total)+1))
		opened.Close()
		if err != nil {
			return failed("download or copy the archive again", "%s: a file in the archive is damaged: %w", in.Name, err)
		}
		if total += len(data); total > format.MaxFileBytes || len(files) == format.MaxFiles {
			return failed("unpack it and import the file that matters", "%s: %w: the archive holds more than %d MiB or %d files",
				in.Name, format.ErrLimit, format.MaxFileBytes>>20, format.MaxFiles)
		}
		if _, known := format.Detect(format.Input{Data: data}); !known && bytes.HasPrefix(data, []byte("PK\x03\x04")) {
			continue // an archive in an archive could go on for ever
		}
		files[path.Clean("/" + f.Name)[1:]] = data
	}
	if len(files) == 0 {
		return failed("", "%s: the archive is empty", in.Name)
	}
	return r.members(ctx, in.Name, files)
}

// foreign is format.ErrNotRecognised for a file that is known to be something else.
type foreign struct{ what string }

func (e *foreign) Error() string {
	return fmt.Sprintf("it is %s, in which jangle finds no accounts", e.what)
}

func (e *foreign) Unwrap() error { return format.ErrNotRecognised }
