package format

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/jangle-otp/jangle/internal/account"
)

// battleNet reads the settings of the retired Battle.net Authenticator, which
// hides serial and secret under a fixed mask.
func battleNet() App {
	return App{
		ID: "battlenet", Name: "Battle.net Authenticator",
		HowTo:  "only from a rooted phone: shared_prefs/com.blizzard.messenger.authenticator_preferences.xml",
		Detect: func(in Input) bool { return in.look().looksLikePrefs("AUTHENTICATOR_DEVICE_SECRET") },
		Read:   readBattleNet,
	}
}

const battleNetMask = "398e27fc50276a656065b0e525f4c06c04c61075286b8e7aeda59da9813b5dd6c80d2fb38068773fa59ba47c17ca6c6479015c1d5b8b8f6b9a"

func readBattleNet(_ context.Context, in Input, _ Options) (Result, error) {
	prefs, err := readPrefs(in.Data)
	if err != nil {
		return Result{}, err
	}
	if kind := findPref(prefs, "CREDENTIALS_ENCRYPTION_TYPE"); kind != "" && kind != "MASK" {
		return Result{}, fmt.Errorf("%w: the secret is hidden by %q, which only the phone undoes; remove the authenticator at battle.net and attach a new one", ErrUnsupported, clip(kind))
	}
	serial, err := battleNetUnmask(findPref(prefs, "AUTHENTICATOR_SERIAL"))
	if err != nil {
		return Result{}, fmt.Errorf("its serial number: %w", err)
	}
	text, err := battleNetUnmask(findPref(prefs, "AUTHENTICATOR_DEVICE_SECRET"))
	if err != nil {
		return Result{}, fmt.Errorf("its secret: %w", err)
	}
	r := Result{Title: "Battle.net Authenticator, not encrypted", Protection: Plain}
	return readEach(r, []string{text}, func(text string) (string, account.Account, []string, error) {
		secret, err := hex.DecodeString(text)
		if err != nil {
			return "Battle.net", account.Account{}, nil, fieldError("secret", "it is not hexadecimal")
		}
		a, err := parts{Kind: account.TOTP, Issuer: "Battle.net", Name: serial, Raw: secret, Digits: looseNumber(8)}.account()
		return "", a, nil, err
	})
}

func battleNetUnmask(text string) (string, error) {
	masked, err := hex.DecodeString(text)
	mask, maskErr := hex.DecodeString(battleNetMask)
	if err != nil || maskErr != nil || len(masked) == 0 || len(masked) > len(mask) {
		return "", fmt.Errorf("%w: it is not hexadecimal", ErrDamaged)
	}
	for i := range masked {
		masked[i] ^= mask[i]
	}
	return string(masked), nil
}
