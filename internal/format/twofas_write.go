package format

import (
	"context"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/strictjson"
)

// twoFASBackup is the written file: as 2FAS 5.5.0 for Android writes it.
type twoFASBackup struct {
	Services    []strictjson.Value `json:"services"`
	Groups      []twoFASGroup      `json:"groups"`
	UpdatedAt   int64              `json:"updatedAt"`
	Schema      int                `json:"schemaVersion"`
	VersionCode int                `json:"appVersionCode"`
	VersionName string             `json:"appVersionName"`
	Origin      string             `json:"appOrigin"`
	Encrypted   string             `json:"servicesEncrypted,omitzero"`
	Reference   string             `json:"reference,omitzero"`
}

func writeTwoFAS(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := twoFAS().allUnique(accounts); err != nil {
		return nil, err
	}
	file := twoFASBackup{
		Services: []strictjson.Value{}, Groups: []twoFASGroup{}, UpdatedAt: o.Now.UnixMilli(),
		Schema: twoFASSchemaLatest, VersionCode: 5000031, VersionName: "5.5.0", Origin: "android",
	}
	if err := file.addServices(accounts, o); err != nil {
		return nil, err
	}
	if o.Plaintext == Yes {
		return encodeJSON(file)
	}
	sealer, err := newTwoFASSealer(ctx, o)
	if err != nil {
		return nil, err
	}
	if file.Encrypted, err = sealer.seal(mustJSON(file.Services)); err != nil {
		return nil, err
	}
	if file.Reference, err = sealer.seal([]byte(twoFASReference)); err != nil {
		return nil, err
	}
	file.Services = []strictjson.Value{}
	return encodeJSON(file)
}

func (file *twoFASBackup) addServices(accounts []account.Account, o Options) error {
	ids := map[string]string{}
	for i, a := range accounts {
		s := newTwoFASService(a, i, o)
		if len(a.Groups) > 0 {
			id, known := ids[a.Groups[0]]
			if !known {
				var err error
				if id, err = o.uuid(); err != nil {
					return err
				}
				ids[a.Groups[0]] = id
				file.Groups = append(file.Groups, twoFASGroup{id, a.Groups[0], true, file.UpdatedAt})
			}
			s.GroupID = &id
		}
		extra := extraOf(a, "2fas")
		delete(extra, "name")
		file.Services = append(file.Services, withExtra(s, extra))
	}
	return nil
}

func newTwoFASService(a account.Account, position int, o Options) twoFASService {
	s := twoFASService{
		Name: extraString(a, "2fas", "name"), Secret: a.Secret.Base32(), UpdatedAt: a.Updated,
		Order: twoFASOrder{position},
	}
	for _, name := range []string{a.Issuer, a.Name, "Unknown"} {
		if s.Name == "" {
			s.Name = name // the app needs one
		}
	}
	if s.UpdatedAt == 0 {
		s.UpdatedAt = o.Now.UnixMilli()
	}
	kind, alg, source := strings.ToUpper(string(a.Type)), string(a.Algorithm), "Manual"
	s.OTP = twoFASOTP{Label: &a.Name, Account: &a.Name, Issuer: &a.Issuer, Digits: &a.Digits, Algorithm: &alg, TokenType: &kind, Source: &source}
	if a.Type == account.HOTP {
		s.OTP.Counter = &a.Counter
	} else {
		s.OTP.Period = &a.Period
	}
	return s
}
