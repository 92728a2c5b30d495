package format

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jangle-otp/jangle/internal/strictjson"
)

// An encrypted vault has a master key, wrapped in each slot by a key of its own.
// Slots of type 1 are opened by a passphrase; raw (0) and biometric (2) ones are
// of no use outside the phone.
const aegisPasswordSlot = 1

type aegisSlot struct {
	Type      int      `json:"type"`
	UUID      string   `json:"uuid"`
	Key       string   `json:"key"`
	KeyParams aegisKey `json:"key_params"`
	N         int      `json:"n,omitzero"`
	R         int      `json:"r,omitzero"`
	P         int      `json:"p,omitzero"`
	Salt      string   `json:"salt,omitzero"`
	Repaired  *bool    `json:"repaired,omitzero"`
	IsBackup  bool     `json:"is_backup"`
}

// aegisKey is nonce and tag of an AES-GCM ciphertext that stands elsewhere, hex.
type aegisKey struct {
	Nonce string `json:"nonce"`
	Tag   string `json:"tag"`
}

func openAegis(ctx context.Context, file aegisFile, o Options) (strictjson.Value, error) {
	var text string
	if err := decodeChecked(file.DB, &text); err != nil {
		return nil, err
	}
	sealed, err := fromBase64("db", text)
	if err != nil {
		return nil, err
	}
	if file.Header.Params == nil {
		return nil, fmt.Errorf("%w: header.params is missing", ErrDamaged)
	}
	slots, err := aegisPasswordSlots(file.Header.Slots)
	if err != nil {
		return nil, err
	}
	var db []byte
	err = unlock(ctx, o, "the Aegis vault", func(passphrase []byte) error {
		master, err := openAegisSlots(ctx, slots, passphrase)
		if err != nil {
			return err
		}
		db, err = file.Header.Params.open(master, sealed)
		if errors.Is(err, ErrWrongPassphrase) { // the slot was opened, so it was right
			return fmt.Errorf("%w: the database does not fit its key", ErrDamaged)
		}
		return err
	})
	return db, err
}

// aegisPasswordSlots checks the cost of all slots before the first is tried.
func aegisPasswordSlots(all []aegisSlot) ([]aegisSlot, error) {
	var slots []aegisSlot
	work := 0
	for _, s := range all {
		if s.Type != aegisPasswordSlot {
			continue
		}
		cost := scryptCost{s.N, s.R, s.P}
		if err := cost.check(); err != nil {
			return nil, err
		}
		work += cost.work()
		slots = append(slots, s)
	}
	switch {
	case len(slots) == 0:
		return nil, fmt.Errorf("%w: the vault has no password slot; in Aegis: Settings > Security > set a password, then export again", ErrUnsupported)
	case len(slots) > maxPasswordSlots:
		return nil, fmt.Errorf("%w: %d password slots are more than %d", ErrLimit, len(slots), maxPasswordSlots)
	case work > maxScryptWork:
		return nil, kdfError("the vault's %d password slots together would take too long", len(slots))
	}
	return slots, nil
}

func openAegisSlots(ctx context.Context, slots []aegisSlot, passphrase []byte) ([]byte, error) {
	unrepaired := false
	for _, s := range slots {
		master, err := s.open(ctx, passphrase)
		if !errors.Is(err, ErrWrongPassphrase) {
			return master, err
		}
		unrepaired = unrepaired || (s.Repaired == nil || !*s.Repaired) && len(passphrase) > 64
	}
	if unrepaired {
		return nil, fmt.Errorf("%w; early versions of Aegis derived another key from passphrases of more than 64 bytes: unlock the vault in a current Aegis and export again", ErrWrongPassphrase)
	}
	return nil, ErrWrongPassphrase
}

func (s aegisSlot) open(ctx context.Context, passphrase []byte) ([]byte, error) {
	salt, err1 := hex.DecodeString(s.Salt)
	wrapped, err2 := hex.DecodeString(s.Key)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("%w: a slot's key or salt is not hexadecimal", ErrDamaged)
	}
	key, err := scryptKey(ctx, passphrase, salt, scryptCost{s.N, s.R, s.P}, 32)
	if err != nil {
		return nil, err
	}
	return s.KeyParams.open(key, wrapped)
}

func (k aegisKey) open(key, sealed []byte) ([]byte, error) {
	nonce, err1 := hex.DecodeString(k.Nonce)
	tag, err2 := hex.DecodeString(k.Tag)
	if err := errors.Join(err1, err2); err != nil || len(tag) != gcmTagSize {
		return nil, fmt.Errorf("%w: a nonce or tag is not hexadecimal", ErrDamaged)
	}
	return openGCM(key, nonce, append(sealed[:len(sealed):len(sealed)], tag...), nil)
}

// sealAegisPart encrypts and splits as Aegis stores it: the ciphertext in one
// place, nonce and tag in another.
func sealAegisPart(o Options, key, plain []byte) ([]byte, aegisKey, error) {
	nonce, err := o.randomBytes(gcmNonceSize)
	if err != nil {
		return nil, aegisKey{}, err
	}
	sealed, err := sealGCM(key, nonce, plain, nil)
	if err != nil {
		return nil, aegisKey{}, err
	}
	n := len(sealed) - gcmTagSize
	return sealed[:n], aegisKey{hex.EncodeToString(nonce), hex.EncodeToString(sealed[n:])}, nil
}

// newAegisSlot wraps the master key. There is one slot only: some importers
// (Proton's) try no other. It is a backup slot, which is what Aegis itself puts
// into exported files.
func newAegisSlot(ctx context.Context, o Options, master []byte) (aegisSlot, error) {
	passphrase, err := o.newPassphrase("the Aegis vault")
	if err != nil {
		return aegisSlot{}, err
	}
	salt, err := o.randomBytes(32)
	if err != nil {
		return aegisSlot{}, err
	}
	id, err := o.uuid()
	if err != nil {
		return aegisSlot{}, err
	}
	cost := scryptCost{N: 1 << 15, R: 8, P: 1} // Aegis's own numbers
	key, err := scryptKey(ctx, passphrase, salt, cost, 32)
	if err != nil {
		return aegisSlot{}, err
	}
	wrapped, params, err := sealAegisPart(o, key, master)
	repaired := true
	return aegisSlot{
		Type: aegisPasswordSlot, UUID: id, Key: hex.EncodeToString(wrapped), KeyParams: params,
		N: cost.N, R: cost.R, P: cost.P, Salt: hex.EncodeToString(salt), Repaired: &repaired, IsBackup: true,
	}, err
}
