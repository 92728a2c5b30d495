package format

import (
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

var jsonLimits = strictjson.Limits{Bytes: MaxTextBytes, Depth: maxDepth, Values: maxJSONValues, Width: maxElements, Name: maxKeyBytes}

// decodeJSON decodes one JSON text into v. The errors are ErrDamaged and
// ErrLimit; they hold no value of the file.
func decodeJSON(data []byte, v any) error { return jsonError(jsonLimits.Unmarshal(data, v)) }

// checkJSON is decodeJSON for a text whose parts are decoded later, one by one.
func checkJSON(data []byte) error { return jsonError(jsonLimits.Check(data)) }

// decodeChecked decodes a part of a text that decodeJSON or checkJSON has passed.
func decodeChecked(data []byte, v any) error { return jsonError(strictjson.Decode(data, v)) }

func jsonError(err error) error {
	if err == nil {
		return nil
	}
	kind := ErrDamaged
	if _, ok := errors.AsType[*strictjson.LimitError](err); ok {
		kind = ErrLimit
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// encodeJSON writes v as the apps themselves do.
func encodeJSON(v any) ([]byte, error) {
	out, err := strictjson.MarshalIndent(v)
	if err != nil {
		return nil, fmt.Errorf("cannot write JSON: %w", err)
	}
	return out, nil
}
