package keyring

import (
	"errors"
	"os/exec"

	"github.com/jangle-otp/jangle/internal/vault/store"
)

// systemLimit: go-keyring sends the value, in base64 once more, in one line of
// at most 4,096 characters to `security -i`; 2,900 bytes leave room for names.
const systemLimit = 2900

const systemName = "the macOS Keychain"

// systemError reads the exit status of `security`, which is the system's error
// number modulo 256: 36 is errSecInteractionNotAllowed (-25308, over ssh), 128
// is errSecUserCanceled (-128), 51 is errSecAuthFailed (-25293).
func systemError(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		switch exit.ExitCode() {
		case 36, 51:
			return store.ErrLocked
		case 128:
			return store.ErrDismissed
		}
	}
	return store.ErrUnreachable
}
