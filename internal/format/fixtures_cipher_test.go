package format

import (
	stdzip "archive/zip"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/yeka/zip"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/container/javamap"
)

// must unwraps what cannot fail in a fixture.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func fill(n int, b byte) []byte { return bytes.Repeat([]byte{b}, n) }

// zipped is an archive with one member, encrypted unless how is 0.
func zipped(how zip.EncryptionMethod, name, text string) []byte {
	var buf bytes.Buffer
	if how == 0 {
		w := stdzip.NewWriter(&buf)
		io.WriteString(must(w.Create(name)), text)
		must(0, w.Close())
		return buf.Bytes()
	}
	w := zip.NewWriter(&buf)
	io.WriteString(must(w.Encrypt(name, "test", how)), text)
	must(0, w.Close())
	return buf.Bytes()
}

func zipFixtures() []fixture {
	const s = rfcKey
	const link = "otpauth://totp/GitHub:ann?secret=" + s + "&issuer=GitHub&digits=8\n"
	want := []account.Account{acc(account.TOTP, "GitHub", "ann", s, account.SHA1, 8, 30, 0)}
	const raivoJSON = `[{"issuer":"GitHub","account":"ann","secret":"` + s + `","algorithm":"SHA1","digits":"8","kind":"TOTP","timer":"30","counter":"0","pinned":"false"}]`
	const onePUX = `{"accounts":[{"vaults":[{"attrs":{"name":"Personal"},"items":[
		{"uuid":"u","favIndex":1,"createdAt":1663642010,"updatedAt":1668287305,"state":"archived","overview":{"title":"GitHub","tags":["t"]},"details":{"loginFields":[{"designation":"username","value":"ann"},{"designation":"password","value":"pw"}],"notesPlain":"n","sections":[{"title":"","fields":[{"title":"one-time password","value":{"totp":"` + s + `"}},{"title":"x","value":{"string":"y"}},{"title":"2","value":{"totp":"otpauth://totp/b:c?secret=` + s + `&digits=8"}}]}]}},
		{"uuid":"v","state":"active","overview":{"title":"no code"},"details":{}}]}]}]}`
	return []fixture{
		{name: "archive", app: "raivo", in: Input{Data: zipped(zip.AES256Encryption, "raivo-otp-export.json", raivoJSON)}, guard: Encrypted, want: want},
		{name: "archive", app: "winauth", in: Input{Data: zipped(zip.StandardEncryption, "winauth-2026-01-01.txt", link)}, guard: Weak, want: want},
		{name: "archive", app: "authenticator-plus", in: Input{Data: zipped(zip.StandardEncryption, "Accounts.txt", link)}, guard: Weak, want: want},
		{name: "plain archive", app: "authenticator-plus", in: Input{Data: zipped(0, "Accounts.txt", link)}, guard: Plain, want: want},
		{name: "export", app: "1password", in: Input{Data: zipped(0, "export.data", onePUX)}, guard: Plain,
			want: []account.Account{plainTOTP("GitHub", "ann"), acc(account.TOTP, "b", "c", s, account.SHA1, 8, 30, 0)}},
	}
}

func cipherFixtures() []fixture {
	const s = rfcKey
	lock := func(name, app string, data []byte, guard Protection, want ...account.Account) fixture {
		return fixture{name: name, app: app, in: Input{Data: data}, guard: guard, want: want}
	}
	ann := plainTOTP("GitHub", "ann")
	list := []byte(`[{"type":"TOTP","label":"ann","issuer":"GitHub","digits":6,"algo":"SHA1","secret":"` + s + `","period":30}]`)
	return []fixture{
		lock("backup", "totp-authenticator", sealTOTPAuthenticator("test"), Weak,
			acc(account.TOTP, "GitHub", "ann", s, account.SHA1, 8, 60, 0), plainTOTP("", "b"), plainTOTP("c", "d")),
		lock("backup without a passphrase", "totp-authenticator", sealTOTPAuthenticator(totpAuthenticatorDefault), Plain,
			acc(account.TOTP, "GitHub", "ann", s, account.SHA1, 8, 60, 0), plainTOTP("", "b"), plainTOTP("c", "d")),
		lock("encrypted", "gauth", sealGauth("GitHub:"+s+"\n"), Weak, plainTOTP("", "GitHub")),
		lock("settings, encrypted", "authy", prefs("com.authy.storage.tokens.authenticator.key", `[`+authyLocked("encryptedSecret", "")+`]`), Weak, ann),
		lock("dump, encrypted", "authy", []byte(`{"tokens":{"authenticator_tokens":[`+authyLocked("encrypted_seed", `,"key_derivation_iterations":2000`)+`]}}`), Weak, ann),
		lock("database", "cotp", sealCotp(`{"version":2,"elements":[{"secret":"`+s+`","issuer":"GitHub","label":"ann","digits":6,"type":"TOTP","algorithm":"SHA1","period":30,"counter":null,"pin":null}]}`), Encrypted, ann),
		lock("version 1", "otpclient", sealOTPClientV1(list), Encrypted, ann),
		lock("version 2", "otpclient", sealOTPClient(2, list), Encrypted, ann),
		lock("version 3", "otpclient", sealOTPClient(3, list), Encrypted, ann),
		lock("backup", "freeotp2", freeOTP2Backup("PBKDF2withHmacSHA512", "\x30\x11\x04\x0c", "\x02\x01\x10"), Encrypted, acc(account.TOTP, "GitHub", "ann", s, account.SHA256, 8, 60, 0)),
		lock("backup of Android 6", "freeotp2", freeOTP2Backup("PBKDF2withHmacSHA1", "\x04\x0c", ""), Encrypted, acc(account.TOTP, "GitHub", "ann", s, account.SHA256, 8, 60, 0)),
		lock("version 1", "authenticator-extension", extensionV1(), Weak, ann),
		lock("version 2", "authenticator-extension", extensionV2(), Weak, ann),
		lock("version 3", "authenticator-extension", extensionV3(), Encrypted, ann),
		{name: "folder", app: "steam", in: Input{Files: sdaFolder()}, guard: Encrypted, want: []account.Account{acc(account.Steam, "Steam", "ann", s, account.SHA1, 5, 30, 0)}},
		lock("backup 1.1", "otp-auth", otpAuthFile("new"), Encrypted, acc(account.TOTP, "GitHub", "ann", s, account.SHA256, 8, 60, 0), acc(account.HOTP, "b", "a", s, account.SHA1, 6, 0, 7)),
		lock("backup 1.0", "otp-auth", otpAuthFile("old"), Weak, acc(account.TOTP, "GitHub", "ann", s, account.SHA256, 8, 60, 0), acc(account.HOTP, "b", "a", s, account.SHA1, 6, 0, 7)),
	}
}

func sealTOTPAuthenticator(passphrase string) []byte {
	key := sha256.Sum256([]byte(passphrase))
	plain := must(json.Marshal(map[string]string{totpAuthenticatorCodes: "1608377908"}))
	return []byte(toBase64(must(sealCBC(key[:], make([]byte, 16), plain))))
}

func sealGauth(text string) []byte {
	salt := []byte("12345678")
	sum := sha256.Sum256(append([]byte("test"), salt...))
	return slices.Concat([]byte(saltedMark), salt, must(sealCBC(sum[:16], sum[16:], []byte(text))))
}

func authyLocked(field, extra string) string {
	rounds := 1000
	if extra != "" {
		rounds = 2000
	}
	key := must(pbkdf2Key(context.Background(), sha1.New, []byte("test"), []byte("saltsalt"), pbkdf2Cost{rounds, 1, rounds}, 32))
	return fmt.Sprintf(`{"name":"GitHub: ann","digits":6,"salt":"saltsalt","%s":"%s"%s}`, field, toBase64(must(sealCBC(key, make([]byte, 16), []byte(rfcKey)))), extra)
}

func sealCotp(text string) []byte {
	salt, nonce := fill(16, 3), fill(24, 4)
	key := must(argon2idKey(context.Background(), []byte("test"), salt, argon2Cost{4, 32 << 10, 4}, argon2Default(), 32))
	sealed := must(chacha20poly1305.NewX(key)).Seal(nil, nonce, []byte(text), nil)
	return fmt.Appendf(nil, `{"version":1,"nonce":"%s","salt":"%s","cipher":"%s"}`, toBase64(nonce), toBase64(salt), toBase64(sealed))
}

func longGCM(key []byte) cipher.AEAD {
	return must(cipher.NewGCMWithNonceSize(must(aes.NewCipher(key)), 16))
}

func sealOTPClientV1(list []byte) []byte {
	head := slices.Concat(fill(16, 0xee), fill(32, 2))
	key := must(pbkdf2Key(context.Background(), sha512.New, []byte("test"), head[16:], pbkdf2Cost{otpClientRounds, 1, otpClientRounds}, 32))
	return append(head, longGCM(key).Seal(nil, head[:16], list, head)...)
}

func sealOTPClient(version int, list []byte) []byte {
	var order binary.AppendByteOrder = binary.BigEndian
	head := []byte(otpClientMark)
	if version == 2 {
		order, head = binary.LittleEndian, append(head, 0, 0, 0)
	}
	head = order.AppendUint32(head, uint32(version))
	iv, salt := fill(16, 1), fill(32, 2)
	head = slices.Concat(head, iv, salt)
	for _, n := range []uint32{1, 8 << 10, 4} {
		head = order.AppendUint32(head, n)
	}
	key := must(argon2idKey(context.Background(), []byte("test"), salt, argon2Cost{1, 8 << 10, 4}, argon2Default(), 32))
	return append(head, longGCM(key).Seal(nil, iv, list, head)...)
}

// freeOTP2Backup writes the Java map with one token.
func freeOTP2Backup(algorithm, before, after string) []byte {
	master, salt := fill(32, 9), fill(32, 8)
	cost := pbkdf2Cost{1000, 1, 1000}
	kek := must(pbkdf2Key(context.Background(), sha512.New, []byte("test"), salt, cost, 32))
	if algorithm == "PBKDF2withHmacSHA1" {
		kek = must(pbkdf2Key(context.Background(), sha1.New, []byte("test"), salt, cost, 32))
	}
	locked := func(key, plain []byte, kind string) string {
		nonce := fill(12, 5)
		return fmt.Sprintf(`{"mCipher":"AES/GCM/NoPadding","mCipherText":%s,"mParameters":%s,"mToken":%q}`,
			javaBytes(string(must(sealGCM(key, nonce, plain, []byte(kind))))), javaBytes(before+string(nonce)+after), kind)
	}
	const id = "11111111-2222-4333-8444-555555555555"
	inner := must(json.Marshal(map[string]string{"key": locked(master, []byte(rfcRaw), "HmacSHA256")}))
	pairs := []string{
		id, string(inner),
		id + "-token", `{"algo":"SHA256","digits":8,"issuerExt":"GitHub","label":"ann","period":60,"type":"TOTP","lock":true}`,
		"masterKey", fmt.Sprintf(`{"mAlgorithm":%q,"mEncryptedKey":%s,"mIterations":1000,"mSalt":%s}`, algorithm, locked(kek, master, "AES"), javaBytes(string(salt))),
	}
	out := append([]byte(javamap.Magic), "sr\x00\x11java.util.HashMap\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\x00\x02F\x00\x0aloadFactorI\x00\x09thresholdxp?@\x00\x00\x00\x00\x00\x0cw\x08\x00\x00\x00\x10\x00\x00\x00\x03"...)
	for _, s := range pairs {
		out = append(binary.BigEndian.AppendUint16(append(out, 't'), uint16(len(s))), s...)
	}
	return append(out, 'x')
}

// cryptoJS is CryptoJS.AES.encrypt(text, passphrase).
func cryptoJS(text, passphrase string) string {
	salt := []byte("saltsalt")
	var derived, last []byte
	for len(derived) < 48 {
		sum := md5.Sum(slices.Concat(last, []byte(passphrase), salt))
		last = sum[:]
		derived = append(derived, last...)
	}
	return toBase64(slices.Concat([]byte(saltedMark), salt, must(sealCBC(derived[:32], derived[32:], []byte(text)))))
}

func extensionV1() []byte {
	return fmt.Appendf(nil, `{"h":{"account":"ann","issuer":"GitHub","encrypted":true,"hash":"h","index":0,"type":"totp","secret":%q}}`, cryptoJS(rfcKey, "test"))
}

func extensionV2() []byte {
	return fmt.Appendf(nil, `{"key":{"enc":%q,"hash":"$argon2"},"h":{"account":"ann","issuer":"GitHub","encrypted":true,"hash":"h","index":0,"type":"totp","secret":%q}}`,
		cryptoJS("random key", "test"), cryptoJS(rfcKey, "random key"))
}

func extensionV3() []byte {
	sum := must(argon2idKey(context.Background(), []byte("test"), []byte("saltsalt"), argon2Cost{2, 19 << 10, 1}, argon2Default(), 32))
	key := base64.RawStdEncoding.EncodeToString(sum)
	entry := `{"account":"ann","issuer":"GitHub","encrypted":true,"hash":"h","index":0,"type":"totp","secret":"` + rfcKey + `"}`
	return fmt.Appendf(nil, `{"k":{"dataType":"Key","id":"k","salt":"saltsalt","hash":"x","version":3},"h":{"dataType":"EncOTPStorage","keyId":"k","index":0,"data":%q}}`, cryptoJS(entry, key))
}

func sdaFolder() map[string][]byte {
	salt, iv := fill(8, 1), fill(16, 2)
	key := must(pbkdf2Key(context.Background(), sha1.New, []byte("test"), salt, pbkdf2Cost{sdaRounds, 1, sdaRounds}, 32))
	body := must(sealCBC(key, iv, []byte(`{"shared_secret":"MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=","account_name":"ann"}`)))
	return map[string][]byte{
		"maFiles/7.maFile":      []byte(toBase64(body)),
		"maFiles/manifest.json": fmt.Appendf(nil, `{"encrypted":true,"first_run":true,"entries":[{"encryption_iv":"%s","encryption_salt":"%s","filename":"7.maFile","steamid":7}]}`, toBase64(iv), toBase64(salt)),
	}
}

// otpAuthFile writes both layers; "old" has one SHA-256 and no checksum.
func otpAuthFile(form string) []byte {
	account := func(fields ...any) map[string]any {
		m := map[string]any{"secret": []byte(rfcRaw), "issuer": "GitHub", "label": "ann", "type": 2, "algorithm": 2, "digits": 8, "period": 60, "counter": 0}
		for i := 0; i < len(fields); i += 2 {
			m[fields[i].(string)] = fields[i+1]
		}
		return m
	}
	hotp := account("issuer", "b", "label", "a", "type", 1, "algorithm", 0, "digits", 0, "period", 0, "counter", 7)
	inner := keyedArchive(map[string]any{"Folders": []any{map[string]any{"name": "Work", "accounts": []any{account(), hotp}}}})
	outer := map[string]any{"Version": "1.1"}
	if form == "old" {
		key, iv := sha256.Sum256([]byte("pepper-test")), sha1.Sum([]byte("ivtext"))
		outer = map[string]any{"Version": "1.0", "Salt": "pepper", "IV": "ivtext", "WrappedData": must(sealCBC(key[:], iv[:16], inner))}
	} else {
		outer["WrappedData"] = sealRNCryptor(inner)
	}
	key := sha256.Sum256([]byte("Authenticator"))
	return must(sealCBC(key[:], make([]byte, 16), keyedArchive(outer)))
}

func sealRNCryptor(plain []byte) []byte {
	encSalt, macSalt, iv := fill(8, 1), fill(8, 2), fill(16, 3)
	cost := pbkdf2Cost{rnCryptorRounds, 1, rnCryptorRounds}
	key := must(pbkdf2Key(context.Background(), sha1.New, []byte("test"), encSalt, cost, 32))
	macKey := must(pbkdf2Key(context.Background(), sha1.New, []byte("test"), macSalt, cost, 32))
	body := slices.Concat([]byte{3, 1}, encSalt, macSalt, iv, must(sealCBC(key, iv, plain)))
	h := hmac.New(sha256.New, macKey)
	h.Write(body)
	return h.Sum(body)
}
