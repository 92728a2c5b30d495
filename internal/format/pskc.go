package format

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
)

// pskc is the Portable Symmetric Key Container of RFC 6030, in which the makers of
// hardware tokens hand out their secrets. Elements are known by their local names,
// since files use any prefix.
func pskc() App {
	can := ability{id: "pskc", types: []account.Type{account.TOTP, account.HOTP}, algorithms: usualAlgorithms(), digits: [2]int{1, 10}, maxCounter: maxInt64}
	return App{
		ID: "pskc", Name: "PSKC (RFC 6030)", Extension: "pskc", Encrypts: Yes,
		HowTo: "the .xml or .pskc file that came with a hardware token, or that its server exports",
		Detect: func(in Input) bool {
			head := in.look().text[:min(len(in.look().text), 4<<10)]
			return bytes.HasPrefix(head, []byte("<")) && bytes.Contains(head, []byte("KeyContainer")) && bytes.Contains(head, []byte("keyprov"))
		},
		Read: readPSKC, Write: writePSKC, CanHold: can.canHold, Loses: can.loses,
	}
}

type pskcFile struct {
	XMLName xml.Name `xml:"KeyContainer"`
	Key     *struct {
		Name    string `xml:"KeyName"`
		Derived *struct {
			Method    string `xml:"Algorithm,attr"`
			Salt      string `xml:"PBKDF2-params>Salt>Specified"`
			Rounds    int    `xml:"PBKDF2-params>IterationCount"`
			KeyLength int    `xml:"PBKDF2-params>KeyLength"`
			PRF       struct {
				Method string `xml:"Algorithm,attr"`
			} `xml:"PBKDF2-params>PRF"`
		} `xml:"DerivedKey>KeyDerivationMethod"`
	} `xml:"EncryptionKey"`
	MAC *struct {
		Method string         `xml:"Algorithm,attr"`
		Key    *pskcEncrypted `xml:"MACKey"`
	} `xml:"MACMethod"`
	Packages  []pskcPackage `xml:"KeyPackage"`
	Signature *struct{}     `xml:"Signature"`
}

type pskcPackage struct {
	Maker  string `xml:"DeviceInfo>Manufacturer"`
	Serial string `xml:"DeviceInfo>SerialNo"`
	Owner  string `xml:"DeviceInfo>UserId"`
	Key    struct {
		ID        string `xml:"Id,attr"`
		Algorithm string `xml:"Algorithm,attr"`
		Issuer    string `xml:"Issuer"`
		User      string `xml:"UserId"`
		Friendly  string `xml:"FriendlyName"`
		Suite     string `xml:"AlgorithmParameters>Suite"`
		Format    struct {
			Length   string `xml:"Length,attr"`
			Encoding string `xml:"Encoding,attr"`
			Check    string `xml:"CheckDigits,attr"`
		} `xml:"AlgorithmParameters>ResponseFormat"`
		Secret   pskcValue `xml:"Data>Secret"`
		Counter  pskcValue `xml:"Data>Counter"`
		Time     pskcValue `xml:"Data>Time"`
		Interval pskcValue `xml:"Data>TimeInterval"`
		PIN      struct {
			Mode string `xml:"PINUsageMode,attr"`
		} `xml:"Policy>PINPolicy"`
	} `xml:"Key"`
}

type pskcValue struct {
	Plain     string         `xml:"PlainValue"`
	Encrypted *pskcEncrypted `xml:"EncryptedValue"`
	MAC       string         `xml:"ValueMAC"`
}

type pskcEncrypted struct {
	Method struct {
		Algorithm string `xml:"Algorithm,attr"`
	} `xml:"EncryptionMethod"`
	Value string `xml:"CipherData>CipherValue"`
}

func readPSKC(ctx context.Context, in Input, o Options) (Result, error) {
	r := Result{Title: "PSKC file, not encrypted", Protection: Plain}
	data := plainText(in.Data)
	if err := checkText(data); err != nil {
		return r, err
	}
	// One pass for the bounds, one for the content: the second knows none.
	w := xmlWalk{dec: xml.NewDecoder(bytes.NewReader(data))}
	for {
		if _, err := w.next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return r, err
		}
	}
	var file pskcFile
	if xml.Unmarshal(data, &file) != nil {
		return r, fmt.Errorf("%w: it is not a PSKC container, or one of its numbers is none", ErrDamaged)
	}
	if file.Signature != nil {
		r.Notes = append(r.Notes, "the file is signed; the signature was not checked")
	}
	open := func(v pskcValue) ([]byte, error) {
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(v.Plain), ""))
		if err != nil {
			err = fieldError("secret", "it is not base64")
		}
		return b, err
	}
	for _, p := range file.Packages {
		if p.Key.Secret.Encrypted != nil {
			r.Title, r.Protection = "PSKC file, encrypted", Encrypted
		}
	}
	if r.Protection == Encrypted {
		what := "the PSKC file"
		if file.Key != nil && file.Key.Derived == nil && file.Key.Name != "" {
			what += " (its pre-shared key, in hexadecimal)"
		}
		plain := open
		err := unlock(ctx, o, what, func(passphrase []byte) error {
			keys, err := file.keys(ctx, passphrase)
			if err != nil {
				return err
			}
			open = func(v pskcValue) ([]byte, error) {
				if v.Encrypted == nil {
					return plain(v)
				}
				return keys.open(*v.Encrypted, v.MAC)
			}
			// The passphrase is wrong if it opens nothing; what it does not open
			// otherwise is damaged.
			for _, p := range file.Packages {
				if p.Key.Secret.Encrypted == nil {
					continue
				}
				if _, err = open(p.Key.Secret); !errors.Is(err, ErrWrongPassphrase) {
					return nil
				}
			}
			return err
		})
		if err != nil {
			return r, err
		}
		if file.MAC == nil {
			r.Notes = append(r.Notes, "the file has no checksums (MACMethod), so a damaged secret would not be noticed; compare a code")
		}
	}
	return readEach(r, file.Packages, func(p pskcPackage) (string, account.Account, []string, error) { return p.read(open) })
}

func (p pskcPackage) read(open func(pskcValue) ([]byte, error)) (label string, a account.Account, warnings []string, err error) {
	k := p.Key
	d := parts{Issuer: firstOf(k.Issuer, p.Maker), Name: firstOf(k.User, p.Owner, k.Friendly, p.Serial, k.ID), Digits: looseInt{k.Format.Length},
		Algorithm: strings.TrimPrefix(strings.ToUpper(k.Suite), "HMAC-")}
	label = entryName(d.Issuer, d.Name)
	// An integer is decimal text, or base64 of that or of a big-endian number.
	number := func(v pskcValue) (looseInt, error) {
		text := strings.TrimSpace(v.Plain)
		if v.Encrypted == nil && strings.Trim(text, "0123456789") == "" {
			return looseInt{text}, nil
		}
		raw, err := open(v)
		switch {
		case err != nil:
			return looseInt{}, err
		case len(raw) > 0 && len(bytes.Trim(raw, "0123456789")) == 0:
			return looseInt{string(raw)}, nil
		case len(raw) > 8:
			return looseInt{}, fieldError("counter", "a number of %d bytes is too large", len(raw))
		}
		return looseInt{fmt.Sprint(binary.BigEndian.Uint64(append(make([]byte, 8-len(raw)), raw...)))}, nil
	}
	kind := k.Algorithm[strings.LastIndexAny(k.Algorithm, ":#")+1:]
	switch {
	case strings.EqualFold(kind, "hotp"):
		d.Kind = account.HOTP
	case strings.EqualFold(kind, "totp"):
		d.Kind = account.TOTP
	case strings.EqualFold(kind, "pin"):
		return label, a, nil, fieldError("type", "it is the PIN of another key, not an account")
	default:
		return label, a, nil, fieldError("type", "%q is not known", clip(k.Algorithm))
	}
	switch pin := strings.ToLower(k.PIN.Mode); {
	case k.Secret.Plain == "" && k.Secret.Encrypted == nil:
		return label, a, nil, fieldError("secret", "the file does not hold it")
	case pin == "prepend" || pin == "append" || pin == "algorithmic":
		return label, a, nil, fieldError("pin", "the server wants it together with the code (%s)", pin)
	case k.Format.Encoding != "" && k.Format.Encoding != "DECIMAL" || k.Format.Check == "true" || k.Format.Check == "1":
		return label, a, nil, fieldError("digits", "its codes are not only decimal digits of the code itself")
	}
	var errs [4]error
	var start looseInt
	d.Raw, errs[0] = open(k.Secret)
	d.Counter, errs[1] = number(k.Counter)
	d.Period, errs[2] = number(k.Interval)
	start, errs[3] = number(k.Time)
	err = cmp.Or(errs[:]...)
	switch {
	case errors.Is(err, ErrWrongPassphrase): // others could be opened, so it was right
		return label, a, nil, fmt.Errorf("%w: it does not fit its checksum", ErrDamaged)
	case err != nil:
		return label, a, nil, err
	case d.Kind == account.TOTP && start.zeroMeansAbsent().isSet() && strings.Trim(start.text, "0") != "":
		return label, a, nil, fieldError("period", "its time does not begin at 1970, but at %s", clip(start.text))
	case d.Kind == account.HOTP && !d.Counter.isSet():
		d.Counter = looseNumber(0)
		warnings = append(warnings, "the file names no counter: taken as 0, that of a new token")
	}
	a, err = d.account()
	return label, a, warnings, err
}

// pskcKeys opens values: enc deciphers, mac is what the checksums are made with.
type pskcKeys struct {
	enc, mac []byte
	hash     func() hash.Hash // nil: the file has no checksums
}

// pskcHash finds the hash of an HMAC by the end of its identifier.
func pskcHash(method string) (func() hash.Hash, error) {
	for suffix, h := range map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New} {
		if strings.HasSuffix(strings.ToLower(method), "hmac-"+suffix) {
			return h, nil
		}
	}
	return nil, fmt.Errorf("%w: the checksum %q is not known", ErrUnsupported, clip(method))
}

// keys derives the keys (RFC 6030 section 6.2) or takes the one that is typed in
// hexadecimal (section 6.1).
func (f pskcFile) keys(ctx context.Context, passphrase []byte) (k pskcKeys, err error) {
	switch {
	case f.Key == nil || f.Key.Derived == nil && f.Key.Name == "":
		return k, fmt.Errorf("%w: it is encrypted for a certificate; ask the maker for a file with a passphrase", ErrUnsupported)
	case f.Key.Derived == nil:
		k.enc, err = hex.DecodeString(strings.TrimSpace(string(passphrase)))
		if n := len(k.enc); err != nil || n != 16 && n != 24 && n != 32 {
			return k, ErrWrongPassphrase
		}
	case !strings.HasSuffix(f.Key.Derived.Method, "#pbkdf2"):
		return k, fmt.Errorf("%w: the key derivation %q is not known", ErrUnsupported, clip(f.Key.Derived.Method))
	default:
		d := f.Key.Derived
		prf, err := pskcHash(firstOf(d.PRF.Method, "hmac-sha1"))
		if err != nil {
			return k, err
		}
		salt, err := fromBase64("Salt", d.Salt)
		if err != nil {
			return k, err
		}
		if d.KeyLength != 16 && d.KeyLength != 24 && d.KeyLength != 32 {
			return k, fmt.Errorf("%w: a key of %d bytes", ErrUnsupported, d.KeyLength)
		}
		if k.enc, err = pbkdf2Key(ctx, prf, passphrase, salt, pbkdf2Cost{d.Rounds, 1, maxPBKDF2}, d.KeyLength); err != nil {
			return k, err
		}
	}
	if f.MAC == nil {
		return k, nil
	}
	h, err := pskcHash(f.MAC.Method)
	if err == nil && f.MAC.Key != nil {
		k.mac, err = k.open(*f.MAC.Key, "") // it has no checksum itself
	} else {
		k.mac = k.enc
	}
	k.hash = h
	return k, err
}

// open checks the checksum, which is that of IV and ciphertext, before it deciphers.
func (k pskcKeys) open(e pskcEncrypted, mac string) ([]byte, error) {
	method := e.Method.Algorithm[strings.LastIndexByte(e.Method.Algorithm, '#')+1:]
	if method != fmt.Sprintf("aes%d-cbc", 8*len(k.enc)) {
		return nil, fmt.Errorf("%w: the cipher %q with a key of %d bytes is not known", ErrUnsupported, clip(method), len(k.enc))
	}
	compact := func(s string) string { return strings.Join(strings.Fields(s), "") }
	raw, err := fromBase64s([2]string{"CipherValue", compact(e.Value)}, [2]string{"ValueMAC", compact(mac)})
	if err != nil {
		return nil, err
	}
	if k.hash != nil {
		h := hmac.New(k.hash, k.mac)
		h.Write(raw[0])
		if !hmac.Equal(h.Sum(nil), raw[1]) {
			return nil, ErrWrongPassphrase
		}
	}
	if len(raw[0]) < 32 {
		return nil, fmt.Errorf("%w: the encrypted part is too short", ErrDamaged)
	}
	return openCBC(k.enc, raw[0][:16], raw[0][16:])
}

// What RFC 6030 asks every reader to know: PBKDF2 and HMAC with SHA-1, AES-128-CBC.
const (
	pskcRounds = 1_300_000 // OWASP's least for SHA-1
	pskcHead   = `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">
`
	pskcEncryption = ` <EncryptionKey><xenc11:DerivedKey xmlns:xenc11="http://www.w3.org/2009/xmlenc11#"><xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2"><pkcs5:PBKDF2-params xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"><Salt xmlns=""><Specified>%s</Specified></Salt><IterationCount xmlns="">%d</IterationCount><KeyLength xmlns="">16</KeyLength></pkcs5:PBKDF2-params></xenc11:KeyDerivationMethod></xenc11:DerivedKey></EncryptionKey>
 <MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"><MACKey>%s</MACKey></MACMethod>
`
	pskcCipher = `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/><xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData>`
)

func writePSKC(ctx context.Context, accounts []account.Account, o Options) ([]byte, error) {
	if err := pskc().allUnique(accounts); err != nil {
		return nil, err
	}
	out := bytes.NewBufferString(pskcHead)
	var key, macKey []byte
	seal := func(plain []byte) ([]byte, error) {
		iv, err := o.randomBytes(16)
		if err != nil {
			return nil, err
		}
		sealed, err := sealCBC(key, iv, plain)
		return append(iv, sealed...), err
	}
	if o.Plaintext != Yes {
		passphrase, random, err := o.sealing("the PSKC file", 16+sha1.Size)
		if err != nil {
			return nil, err
		}
		if key, err = pbkdf2Key(ctx, sha1.New, passphrase, random[:16], pbkdf2Cost{pskcRounds, 1, maxPBKDF2}, 16); err != nil {
			return nil, err
		}
		macKey = random[16:]
		sealed, err := seal(macKey)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(out, pskcEncryption, toBase64(random[:16]), pskcRounds, fmt.Sprintf(pskcCipher, toBase64(sealed)))
	}
	element := func(name, text string) {
		if text != "" {
			out.WriteString("<" + name + ">")
			xml.EscapeText(out, []byte(text)) // a buffer does not fail
			out.WriteString("</" + name + ">")
		}
	}
	for i, a := range accounts {
		fmt.Fprintf(out, ` <KeyPackage><Key Id="%d" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:%s">`, i+1, a.Type)
		element("Issuer", a.Issuer)
		out.WriteString("<AlgorithmParameters>")
		if a.Algorithm != account.SHA1 {
			element("Suite", "HMAC-"+string(a.Algorithm))
		}
		fmt.Fprintf(out, `<ResponseFormat Length="%d" Encoding="DECIMAL"/></AlgorithmParameters><Data><Secret>`, a.Digits)
		if key == nil {
			element("PlainValue", toBase64(a.Secret.Bytes()))
		} else {
			sealed, err := seal(a.Secret.Bytes())
			if err != nil {
				return nil, err
			}
			mac := hmac.New(sha1.New, macKey)
			mac.Write(sealed)
			fmt.Fprintf(out, "<EncryptedValue>"+pskcCipher+"</EncryptedValue><ValueMAC>%s</ValueMAC>", toBase64(sealed), toBase64(mac.Sum(nil)))
		}
		out.WriteString("</Secret>")
		if a.Type == account.HOTP {
			fmt.Fprintf(out, "<Counter><PlainValue>%d</PlainValue></Counter>", a.Counter)
		} else {
			fmt.Fprintf(out, "<Time><PlainValue>0</PlainValue></Time><TimeInterval><PlainValue>%d</PlainValue></TimeInterval>", a.Period)
		}
		out.WriteString("</Data>")
		element("UserId", a.Name)
		out.WriteString("</Key></KeyPackage>\n")
	}
	out.WriteString("</KeyContainer>\n")
	return out.Bytes(), nil
}
