package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/jangle-otp/jangle/internal/atomicfile"
	"github.com/jangle-otp/jangle/internal/qr"
)

// googlePictures writes one PNG a page.
func (app *App) googlePictures(ctx context.Context, h googleHandover, o exportOptions) error {
	pages, err := h.fewestPages(o, qr.Medium, func([]page) error { return nil })
	if err != nil {
		return err
	}
	question := fmt.Sprintf("write the secrets of %s as %s to %s", plural(h.count(), "account"), plural(len(pages), "picture"), safeArg(o.png))
	if err := app.confirm(ctx, o.yes, question); err != nil {
		return err
	}
	if err := atomicfile.MakePrivateDir(o.png); err != nil {
		return err
	}
	names := make([]string, len(pages))
	for i := range pages { // all of them first, so that not half of the pages is written
		names[i] = filepath.Join(o.png, fmt.Sprintf("page-%02d-of-%02d.png", i+1, len(pages)))
		if err := mayWrite(names[i], o.force); err != nil {
			return err
		}
	}
	for i, p := range pages {
		if err := writePicture(names[i], p.symbol, o.force); err != nil {
			return err
		}
		if !o.json {
			app.answer("%s\n", names[i])
		}
	}
	app.tell("whoever sees these pictures has the secrets; delete them when the phone has them\n")
	return app.reportGoogle(h, googleEnd{pages: pages}, o)
}

// pngScale is pixels a module: large enough for a phone from any screen.
const pngScale = 8

func writePicture(path string, s *qr.Symbol, force overwrite) error {
	data, err := s.PNG(pngScale)
	if err != nil {
		return err
	}
	return writeNew(path, data, force)
}
