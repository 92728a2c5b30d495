package format

import (
	"context"
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
		Guess: func(in Input) bool { // version 1 has no mark; it looks like andOTP's old form too
			return len(in.Data) >= otpClientHead+gcmTagSize+2 && len(in.Data) <= MaxTextBytes && !utf8.Valid(in.Data) && in.noise()
		},
		Read: readOTPClient,
	}
}

const otpClientMark = "OTPClient"

// otpClientHead is what every version has before the ciphertext: an IV and a salt.
const (
	otpClientIV     = 16
	otpClientHead   = otpClientIV + 32
	otpClientRounds = 100_000
)

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
		open, version, err := otpClientOpener(ctx, in)
		if err == nil {
			text, err = unlocked(ctx, o, "the OTPClient database", open)
		}
		if err != nil {
			return r, err
		}
		r.Title, r.Protection = fmt.Sprintf("OTPClient database, version %d, encrypted", version), Encrypted
	}
	return readArray(r, text, func(raw strictjson.Value, e otpClientToken) (string, account.Account, []string, error) {
		p := parts{Type: e.Type, Issuer: e.Issuer, Name: withoutIssuer(e.Issuer, e.Label), Base32: e.Secret, Algorithm: e.Algo,
			Digits: e.Digits, Period: e.Period, Counter: e.Counter}
		if kind, _ := account.ParseType(e.Type); strings.EqualFold(e.Issuer, "steam") && kind == account.TOTP {
			p.Kind = account.Steam // as OTPClient computes it
		}
		a, err := p.account()
		if e.Group != "" {
			a.Groups = []string{e.Group}
		}
		keepExtra(&a, "otpclient", unknownMembers(raw, e))
		return entryName(e.Issuer, e.Label), a, nil, err
	})
}

// otpClientOpener finds out the version. Version 2 is a C struct with three
// bytes of padding and little-endian numbers, version 3 the same without padding
// and big-endian. The whole header is authenticated.
func otpClientOpener(ctx context.Context, in Input) (open func(passphrase []byte) ([]byte, error), version int, err error) {
	data := in.Data
	if !in.prefix(otpClientMark) {
		if len(data) < otpClientHead+gcmTagSize {
			return nil, 0, fmt.Errorf("%w: %d bytes are too short for an OTPClient database", ErrDamaged, len(data))
		}
		return func(passphrase []byte) ([]byte, error) {
			key, err := pbkdf2Key(ctx, sha512.New, passphrase, data[otpClientIV:otpClientHead], pbkdf2Cost{otpClientRounds, 1, otpClientRounds}, 32)
			if err != nil {
				return nil, err
			}
			return openGCM(key, data[:otpClientIV], data[otpClientHead:], data[:otpClientHead])
		}, 1, nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	version, at := 2, len(otpClientMark)+3
	if len(data) < at+4 || order.Uint32(data[at:]) != 2 {
		order, version, at = binary.BigEndian, 3, len(otpClientMark)
	}
	head := at + 4 + otpClientHead + 12
	if len(data) < head+gcmTagSize || order.Uint32(data[at:]) != uint32(version) {
		return nil, 0, fmt.Errorf("%w: this version of the OTPClient database is not known", ErrUnsupported)
	}
	iv, salt, numbers := data[at+4:][:otpClientIV], data[at+4+otpClientIV:at+4+otpClientHead], data[at+4+otpClientHead:head]
	cost := argon2Cost{int(order.Uint32(numbers)), int(order.Uint32(numbers[4:])), int(order.Uint32(numbers[8:]))}
	bounds := argon2Bounds{MinTime: 1, MaxTime: 64, MinKiB: 8 << 10, MaxKiB: gibInKiB, MaxThreads: 16, MaxWorkKiB: 16 * gibInKiB} // the program's own
	try := func(passphrase []byte) ([]byte, error) {
		key, err := argon2idKey(ctx, passphrase, salt, cost, bounds, 32)
		if err != nil {
			return nil, err
		}
		return openGCM(key, iv, data[head:], data[:head])
	}
	return func(passphrase []byte) ([]byte, error) {
		plain, err := try(passphrase)
		// Version 2 once counted characters where it meant bytes, so that a
		// passphrase beyond ASCII lost its end.
		if n := utf8.RuneCount(passphrase); errors.Is(err, ErrWrongPassphrase) && n < len(passphrase) && version == 2 {
			return try(passphrase[:n])
		}
		return plain, err
	}, version, nil
}
