package keyring

import "github.com/jangle-otp/jangle/internal/vault/store"

// systemLimit is CRED_MAX_CREDENTIAL_BLOB_SIZE.
const systemLimit = 2560

const systemName = "the Windows Credential Manager"

// systemError: whatever Windows says, such as 1312 in a session over OpenSSH
// ("a specified logon session does not exist"), the credentials are not there.
func systemError(error) error { return store.ErrUnreachable }
