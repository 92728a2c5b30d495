package format

import "bytes"

// Foreign names a file of a kind that holds no accounts by how it begins, and says what
// to do instead; empty for none.
func Foreign(data []byte) (what, hint string) {
	for _, s := range []struct {
		at               int
		magic, name, way string
	}{
		{0, "%PDF-", "a PDF document", "take a screenshot of the page with the QR code and import that, or: pdftoppm -png FILE page"},
		{0, "7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it (7z x FILE), then import the folder"},
		{0, "Rar!\x1a\x07", "a RAR archive", "unpack it (unrar x FILE), then import the folder"},
		{0, "\x1f\x8b", "a gzip file", "unpack it (gunzip FILE), then import what is in it"},
		{0, "\xfd7zXZ\x00", "an xz file", "unpack it (unxz FILE), then import what is in it"},
		{0, "BZh", "a bzip2 file", "unpack it (bunzip2 FILE), then import what is in it"},
		{0, "\x28\xb5\x2f\xfd", "a zstd file", "unpack it (unzstd FILE), then import what is in it"},
		{257, "ustar", "a tar archive", "unpack it (tar xf FILE), then import the folder"},
		{0, "8BPS", "a Photoshop picture", "save it as PNG, then import that"},
		{0, "\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture", "save it as PNG, then import that"},
		{0, "\xff\x4f\xff\x51", "a JPEG 2000 picture", "save it as PNG, then import that"},
		{0, "\x00\x00\x00\x0cJXL ", "a JPEG XL picture", "save it as PNG (djxl FILE out.png), then import that"},
		{0, "\xff\x0a", "a JPEG XL picture", "save it as PNG (djxl FILE out.png), then import that"},
		{0, "\x00\x00\x01\x00", "an icon", "save it as PNG, then import that"},
		{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document", "save it as a CSV or text file, then import that"},
		{0, "{\\rtf", "an RTF document", "save it as plain text, then import that"},
		{0, "\x78\x9f\x3e\x22", "an attachment in Outlook's own form (winmail.dat)", "save the message as .eml, then import that"},
		{0, "PWS3", "a Password Safe database", "Password Safe: File > Export To > XML or text; its codes are best added by jangle add"},
		{0, "b~>buttercup/", "a Buttercup vault", "Buttercup: Vault > Export, CSV, and import that"},
		{0, "kych", "a macOS keychain", "Passwords app: File > Export Passwords, and import the CSV"},
		{0, "\x7fELF", "a program", ""},
		{0, "MZ", "a program", ""},
		{0, "OggS", "a sound or film", ""},
		{0, "ID3", "a sound", ""},
		{4, "ftypisom", "a film", "take a screenshot of it with the QR code and import that"},
		{4, "ftypmp4", "a film", "take a screenshot of it with the QR code and import that"},
		{4, "ftypqt", "a film", "take a screenshot of it with the QR code and import that"},
		{0, "\x1a\x45\xdf\xa3", "a film", "take a screenshot of it with the QR code and import that"},
	} {
		if len(data) >= s.at+len(s.magic) && string(data[s.at:s.at+len(s.magic)]) == s.magic {
			return s.name, s.way
		}
	}
	if len(data) > 0 && data[0] == '{' {
		p := newProbe(data)
		switch {
		case p.object("kdf", "keyParams", "encryptionParams"):
			return "a Padloc container, encrypted", "Padloc: Settings > Export, format CSV, and import that"
		case p.object("role", "codes", "encrypted") && string(p.members["encrypted"]) == "true":
			return "the store of Authme, encrypted with a key that is elsewhere", "Authme: Export, and import that file"
		case p.object("AUTHENTIFIANT"):
			return "an old Dashlane export, which has no one-time codes", "Dashlane: My account > Settings > Export data, and import the CSV or ZIP"
		case p.object("dntmeExport"):
			return "a Blur export, which has no one-time codes", ""
		}
	}
	return "", ""
}

// noise reports whether a file could be encrypted and without a mark of its own: it
// does not begin like another kind of file and is not text in any encoding. In 64
// random bytes some are control characters in 1,999 of 2,000 cases.
func (in Input) noise() bool {
	what, _ := Foreign(in.Data)
	return what == "" && !bytes.HasPrefix(in.Data, []byte("PK")) && bytes.ContainsFunc(in.Data, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\r' && r != '\n' && r != '\f' && r != '\x1b' || r == 0x7f
	})
}
