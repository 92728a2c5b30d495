package format

import (
	"errors"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

// pskcFigure is the key of RFC 6030's figures around its data.
func pskcFigure(head, data, after string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<pskc:KeyContainer Version="1.0" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#">` + head + `
<pskc:KeyPackage><pskc:DeviceInfo><pskc:Manufacturer>TokenVendorAcme</pskc:Manufacturer><pskc:SerialNo>987654321</pskc:SerialNo></pskc:DeviceInfo>
<pskc:Key Id="12345678" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><pskc:Issuer>Issuer</pskc:Issuer>
<pskc:AlgorithmParameters><pskc:ResponseFormat Length="8" Encoding="DECIMAL"/></pskc:AlgorithmParameters>
<pskc:Data>` + data + `</pskc:Data>` + after + `</pskc:Key></pskc:KeyPackage></pskc:KeyContainer>`
}

func pskcSealed(secret, mac string) string {
	return `<pskc:Secret><pskc:EncryptedValue>` + pskcCipherFor(secret) + `</pskc:EncryptedValue><pskc:ValueMAC>` + mac + `</pskc:ValueMAC></pskc:Secret>`
}

func pskcCipherFor(value string) string {
	return `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
 <xenc:CipherData><xenc:CipherValue>` + value + `</xenc:CipherValue></xenc:CipherData>`
}

func pskcMAC(key string) string {
	return `<pskc:MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"><pskc:MACKey>` + pskcCipherFor(key) + `</pskc:MACKey></pskc:MACMethod>`
}

const (
	pskcPlainSecret = `<pskc:Secret><pskc:PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=
 </pskc:PlainValue></pskc:Secret>`
	pskcDerived = `<pskc:EncryptionKey><xenc11:DerivedKey><xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">
<pkcs5:PBKDF2-params><Salt><Specified>Ej7/PEpyEpw=</Specified></Salt><IterationCount>1000</IterationCount><KeyLength>16</KeyLength><PRF/></pkcs5:PBKDF2-params>
</xenc11:KeyDerivationMethod></xenc11:DerivedKey></pskc:EncryptionKey>`
	pskcShared = `<pskc:EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></pskc:EncryptionKey>`
	// What the figures 6 and 7 hold.
	pskcKey6, pskcSecret6, pskcMAC6 = "ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX", "AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv", "Su+NvtQfmvfJzF6bmQiJqoLRExc="
	pskcKey7, pskcSecret7, pskcMAC7 = "2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx", "oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f", "LP6xMvjtypbfT9PdkJhBZ+D6O4w="
)

// The figures of RFC 6030.
func TestPSKCFigures(t *testing.T) {
	secret := "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for name, c := range map[string]struct {
		file       string
		passphrase string
		protection Protection
		warned     bool
	}{
		"3, plain":          {pskcFigure("", pskcPlainSecret+`<pskc:Counter><pskc:PlainValue>0</pskc:PlainValue></pskc:Counter>`, `<pskc:Policy><pskc:PINPolicy PINUsageMode="Local"/></pskc:Policy>`), "", Plain, false},
		"6, pre-shared key": {pskcFigure(pskcShared+pskcMAC(pskcKey6), pskcSealed(pskcSecret6, pskcMAC6)+`<pskc:Counter><pskc:PlainValue>0</pskc:PlainValue></pskc:Counter>`, ""), "12345678901234567890123456789012", Encrypted, false},
		"7, passphrase":     {pskcFigure(pskcDerived+pskcMAC(pskcKey7), pskcSealed(pskcSecret7, pskcMAC7), ""), "qwerty", Encrypted, true},
	} {
		in := Input{Data: []byte(c.file)}
		r := mustRead(t, in, "pskc", withPassphrase(c.passphrase))
		checkAccounts(t, r, []account.Account{acc(account.HOTP, "Issuer", "987654321", secret, account.SHA1, 8, 0, 0)})
		if r.Protection != c.protection || (len(r.Entries[0].Warnings) > 0) != c.warned {
			t.Errorf("%s: protection %d, warnings %q", name, r.Protection, r.Entries[0].Warnings)
		}
		if c.passphrase != "" {
			if _, _, err := Read(t.Context(), in, "", withPassphrase("3132")); !errors.Is(err, ErrWrongPassphrase) {
				t.Errorf("%s with another: %v", name, err)
			}
		}
	}
}

// What the container can say that is no account, or no file that should be read.
func TestPSKCRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want string
	}{
		"no secret":       {pskcFigure("", "", ""), "secret: the file does not hold it"},
		"PIN in front":    {pskcFigure("", pskcPlainSecret, `<pskc:Policy><pskc:PINPolicy PINUsageMode="Prepend"/></pskc:Policy>`), "pin: the server wants it together with the code"},
		"another kind":    {strings.Replace(pskcFigure("", pskcPlainSecret, ""), "pskc:hotp", "pskc:ocra", 1), "is not known"},
		"the PIN itself":  {strings.Replace(pskcFigure("", pskcPlainSecret, ""), "pskc:hotp", "pskc:pin", 1), "PIN of another key"},
		"letters":         {strings.Replace(pskcFigure("", pskcPlainSecret, ""), "DECIMAL", "ALPHANUMERIC", 1), "digits: its codes are not only"},
		"another start":   {strings.Replace(pskcFigure("", pskcPlainSecret+`<Time><PlainValue>12</PlainValue></Time>`, ""), "pskc:hotp", "pskc:totp", 1), "does not begin at 1970"},
		"changed secret":  {pskcFigure(pskcDerived+pskcMAC(pskcKey7), pskcSealed(pskcSecret7, "MP6xMvjtypbfT9PdkJhBZ+D6O4w="), ""), "wrong passphrase"},
		"years of PBKDF2": {strings.Replace(pskcFigure(pskcDerived+pskcMAC(pskcKey7), pskcSealed(pskcSecret7, pskcMAC7), ""), ">1000<", ">99999999<", 1), "iterations of PBKDF2"},
		"a certificate":   {pskcFigure(`<pskc:EncryptionKey><ds:X509Data/></pskc:EncryptionKey>`, pskcSealed(pskcSecret7, ""), ""), "certificate"},
		"entities":        {strings.Replace(pskcFigure("", pskcPlainSecret, ""), "?>", `?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>`, 1), "DOCTYPE"},
		"too deep":        {strings.Replace(pskcFigure("", pskcPlainSecret, ""), "<pskc:Data>", "<pskc:Data>"+strings.Repeat("<x>", maxDepth)+strings.Repeat("</x>", maxDepth), 1), "nested deeper"},
		"too many":        {pskcFigure(strings.Repeat("<x/>", maxElements), pskcPlainSecret, ""), "XML elements"},
	} {
		r, _, err := Read(t.Context(), Input{Data: []byte(c.file)}, "pskc", withPassphrase("qwerty"))
		if err == nil && len(r.Entries) == 1 {
			err = r.Entries[0].Err
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Integers may be text, or base64 of text or of a number.
func TestPSKCNumbers(t *testing.T) {
	for text, want := range map[string]uint64{"831791": 831791, "NzA5Nzkx": 709791, "AAYxSg==": 405834} {
		file := pskcFigure("", pskcPlainSecret+`<pskc:Counter><pskc:PlainValue>`+text+`</pskc:PlainValue></pskc:Counter>`, "")
		if r := mustRead(t, Input{Data: []byte(file)}, "pskc", Options{}); r.Entries[0].Account.Counter != want {
			t.Errorf("%s is read as %d, %v", text, r.Entries[0].Account.Counter, r.Entries[0].Err)
		}
	}
}

// A maker's list: the account is the serial number where no user is named.
func TestPSKCTimeBased(t *testing.T) {
	file := `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage><DeviceInfo><SerialNo>1002</SerialNo></DeviceInfo>
<Key Id="k2" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><Issuer>Bank</Issuer><AlgorithmParameters><Suite>HMAC-SHA256</Suite></AlgorithmParameters>
<Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret><Time><PlainValue>00</PlainValue></Time><TimeInterval><PlainValue>60</PlainValue></TimeInterval></Data></Key></KeyPackage></KeyContainer>`
	r := mustRead(t, Input{Data: []byte(file)}, "pskc", Options{})
	checkAccounts(t, r, []account.Account{acc(account.TOTP, "Bank", "1002", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", account.SHA256, 6, 60, 0)})
}

func TestPSKCRoundTrip(t *testing.T) {
	app, _ := ByID("pskc")
	fits, _ := app.Fit(generate(60))
	for _, plaintext := range []Choice{Yes, No} {
		data, err := app.Write(t.Context(), fits, writerOptions(plaintext))
		if err != nil {
			t.Fatal(err)
		}
		r := mustRead(t, Input{Data: data}, "pskc", withPassphrase("correct horse"))
		for i, e := range r.Entries {
			a, want := e.Account, fits[i]
			if e.Err != nil || a.Type != want.Type || !a.Secret.Equal(want.Secret) || a.Algorithm != want.Algorithm || a.Digits != want.Digits || a.Counter != want.Counter {
				t.Errorf("%d: %v became %v, %v", i, want, a, e.Err)
			}
		}
		if len(r.Entries) != len(fits) {
			t.Errorf("%d of %d", len(r.Entries), len(fits))
		}
	}
}

// A hostile container is an error, not a panic, and no entry is half right.
func FuzzPSKC(f *testing.F) {
	for _, seed := range []string{
		pskcFigure("", pskcPlainSecret, ""), pskcFigure(pskcDerived+pskcMAC(pskcKey7), pskcSealed(pskcSecret7, pskcMAC7), ""),
		pskcFigure(pskcShared, pskcSealed(pskcSecret6, ""), ""), `<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc"/>`,
	} {
		f.Add([]byte(seed))
	}
	app, _ := ByID("pskc")
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := app.Read(t.Context(), Input{Data: data}, withPassphrase("qwerty"))
		for _, e := range r.Entries {
			if err == nil && e.Err == nil && e.Account.Validate() != nil {
				t.Errorf("an invalid account: %v", e)
			}
		}
	})
}
