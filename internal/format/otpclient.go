package format

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// otpClient is paolostivanin/OTPClient: its database in three versions, and the
// same list in clear.
func otpClient() App {
	return App{
		ID: "otpclient", Name: "OTPClient",
		HowTo: "its database itself (~/.config/otpclient.cfg says where), or any export",
		Detect: func(in Input) bool {
			return in.prefix(otpClientMark) || in.look().array("secret", "label", "algo")
		},
		Guess: isOTPClientV1,
		Read:  readOTPClient,
	}
}

const otpClientMark = "OTPClient"

// otpClientHead is the length of the header of version 1: an IV and a salt,
// without any mark.
const (
	otpClientIV     = 16
	otpClientSalt   = 32
	otpClientHead   = otpClientIV + otpClientSalt
	otpClientRounds = 100_000
)

// isOTPClientV1: binary, and long enough. It looks like andOTP's old form too.
func isOTPClientV1(in Input) bool {
	return len(in.Data) >= otpClientHead+gcmTagSize+2 && len(in.Data) <= MaxTextBytes && !utf8.Valid(in.Data)
}

type otpClientToken struct {
	Type    string   `json:"type"`
	Label   string   `json:"label"`
	Issuer  string   `json:"issuer"`
	Digits  looseInt `json:"digits"`
	Algo    string   `json:"algo"`
	Secret  string   `json:"secret"`
	Period  looseInt `json:"period"`
	Counter looseInt `json:"counter"`
	Group   string   `json:"group"`
}

func readOTPClient(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "OTPClient list, not encrypted", Protection: Plain}
	text := in.look().text
	if in.look().root == 0 || in.prefix(otpClientMark) {
		open, version, err := otpClientOpener(in.Data)
		if err != nil {
			return Result{}, err
		}
		err = unlock(ctx, o, "the OTPClient database", func(passphrase []byte) error {
			text, err = open(ctx, passphrase)
			return err
		})
		if err != nil {
			return Result{}, err
		}
		r.Title, r.Protection = fmt.Sprintf("OTPClient database, version %d, encrypted", version), Encrypted
	}
	var raws []strictjson.Value
	if err := decodeJSON(text, &raws); err != nil {
		return Result{}, err
	}
	var l entryList
	err := readList(&l, raws, l.addOTPClient)
	r.Entries = l.list
	return r, err
}

func (l *entryList) addOTPClient(raw strictjson.Value, e otpClientToken) {
	label := entryName(e.Issuer, e.Label)
	kind, err := account.ParseType(e.Type)
	if err != nil {
		l.fail(label, err)
		return
	}
	if strings.EqualFold(e.Issuer, "steam") && kind == account.TOTP { // as OTPClient computes it
		kind = account.Steam
	}
	a, err := parts{Kind: kind, Issuer: e.Issuer, Name: e.Label, Base32: e.Secret, Algorithm: e.Algo,
		Digits: e.Digits, Period: e.Period, Counter: e.Counter}.account()
	if e.Group != "" {
		a.Groups = []string{e.Group}
	}
	keepExtra(&a, "otpclient", unknownMembers(raw, e))
	l.add(label, a, nil, err)
}

type otpClientOpen func(ctx context.Context, passphrase []byte) ([]byte, error)

// otpClientOpener finds out the version. Version 2 is a C struct with three
// bytes of padding and little-endian numbers, version 3 the same without padding
// and big-endian. The whole header is authenticated.
func otpClientOpener(data []byte) (otpClientOpen, int, error) {
	if !strings.HasPrefix(string(data[:min(len(data), len(otpClientMark))]), otpClientMark) {
		if len(data) < otpClientHead+gcmTagSize {
			return nil, 0, fmt.Errorf("%w: %d bytes are too short for an OTPClient database", ErrDamaged, len(data))
		}
		return func(ctx context.Context, passphrase []byte) ([]byte, error) {
			return openOTPClientV1(ctx, data, passphrase)
		}, 1, nil
	}
	for _, v := range []struct {
		version, at int
		order       binary.ByteOrder
	}{{2, len(otpClientMark) + 3, binary.LittleEndian}, {3, len(otpClientMark), binary.BigEndian}} {
		head := v.at + 4 + otpClientHead + 12
		if len(data) >= head+gcmTagSize && v.order.Uint32(data[v.at:]) == uint32(v.version) {
			return otpClientArgon2(data, head, v.at+4, v.order), v.version, nil
		}
	}
	return nil, 0, fmt.Errorf("%w: this version of the OTPClient database is not known", ErrUnsupported)
}

func openOTPClientV1(ctx context.Context, data, passphrase []byte) ([]byte, error) {
	head := data[:otpClientHead]
	key, err := pbkdf2Key(ctx, sha512.New, passphrase, head[otpClientIV:], pbkdf2Cost{otpClientRounds, 1, otpClientRounds}, 32)
	if err != nil {
		return nil, err
	}
	return openLongGCM(key, head[:otpClientIV], data[otpClientHead:], head)
}

// otpClientBounds are the program's own.
func otpClientBounds() argon2Bounds {
	return argon2Bounds{MinTime: 1, MaxTime: 64, MinKiB: 8 << 10, MaxKiB: gibInKiB, MaxThreads: 16, MaxWorkKiB: 16 * gibInKiB}
}

func otpClientArgon2(data []byte, head, at int, order binary.ByteOrder) otpClientOpen {
	iv, salt, numbers := data[at:at+otpClientIV], data[at+otpClientIV:at+otpClientHead], data[at+otpClientHead:head]
	cost := argon2Cost{int(order.Uint32(numbers)), int(order.Uint32(numbers[4:])), int(order.Uint32(numbers[8:]))}
	try := func(ctx context.Context, passphrase []byte) ([]byte, error) {
		key, err := argon2idKey(ctx, passphrase, salt, cost, otpClientBounds(), 32)
		if err != nil {
			return nil, err
		}
		return openLongGCM(key, iv, data[head:], data[:head])
	}
	return func(ctx context.Context, passphrase []byte) ([]byte, error) {
		plain, err := try(ctx, passphrase)
		// Version 2 once counted characters where it meant bytes, so that a
		// passphrase beyond ASCII lost its end.
		if n := utf8.RuneCount(passphrase); errors.Is(err, ErrWrongPassphrase) && n < len(passphrase) && order == binary.LittleEndian {
			return try(ctx, passphrase[:n])
		}
		return plain, err
	}
}

// openLongGCM is openGCM for a nonce of 16 bytes.
func openLongGCM(key, nonce, sealed, aad []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%w: a key of %d bytes", ErrDamaged, len(key))
	}
	aead, err := cipher.NewGCMWithNonceSize(block, len(nonce))
	if err != nil {
		return nil, fmt.Errorf("%w: a nonce of %d bytes", ErrDamaged, len(nonce))
	}
	plain, err := aead.Open(nil, nonce, sealed, aad)
	if err != nil {
		return nil, ErrWrongPassphrase
	}
	return plain, nil
}
