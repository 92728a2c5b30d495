package crypt

import (
	"bytes"
	"context"
	"io"
)

// DecryptPart is Decrypt for salvage: of a file that is damaged or was cut behind
// its header it returns the beginning that was authenticated, with the
// *DamagedError. That is a multiple of 64 KiB, age's chunk, so a smaller file
// gives nothing. The end of the content is not known to be its end.
func DecryptPart(ctx context.Context, data []byte, k Keys) ([]byte, error) {
	whole, err := Decrypt(ctx, data, k)
	if err == nil {
		return whole, nil
	}
	h, headerErr := readHeader(data)
	if headerErr != nil {
		return nil, err
	}
	limit, limitErr := k.affordable(h)
	if limitErr != nil {
		return nil, err
	}
	ids, keyErr := k.identities(h, limit)
	if keyErr != nil {
		return nil, err
	}
	part, partErr := within(ctx, func() ([]byte, error) {
		r, err := open(data, h.info.Form, ids)
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		_, _ = io.Copy(&out, io.LimitReader(r, MaxPlaintext)) // until something is wrong
		return out.Bytes(), nil
	})
	if partErr != nil {
		return nil, err
	}
	return part, err
}
