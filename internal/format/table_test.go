package format

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

const (
	tableKey  = "MFRGGZDFMZTWQ2LK"
	tableLink = "otpauth://totp?secret=" + tableKey
)

// The tables of password managers, as each writes them, and as people do: any
// delimiter, a header in any language, or none.
func TestTablesByWhatIsInThem(t *testing.T) {
	keyed := strings.NewReplacer("KEY", tableKey, "key", strings.ToLower(tableKey), "LINK", tableLink)
	for name, c := range map[string]struct{ text, want, title string }{
		"RoboForm": {"\ufeffName,Url,MatchUrl,Login,Pwd,Note,Folder,RfFieldsV2\nForum,https://f,https://f,'@ann,pw,n,/a/b,\"User ID$,,,txt,ann\",\"Pwd$,,,pwd,pw\",\"TOTP KEY$,,,txt,KEY\"\n",
			"Forum|@ann|[a/b]", "RoboForm"},
		"RoboForm, old":  {"Name,Url,Login,Pwd,Note,Folder,Rf_fields\nForum,https://f,ann,pw,,,\"TOTP KEY$,,,txt,KEY\"\n", "Forum|ann|[]", "RoboForm"},
		"Zoho Vault":     {"\"Secret Name\",\"Description\",\"Secret URL\",\"SecretData\",\"Notes\",\"CustomData\",\"Tags\",\"Classification\",\"Favorite\",\"login_totp\",\"ChamberName\"\nMail,,https://m,\"SecretType:Web Account\nUser Name:ann\nPassword:pw\n\",n,,,E,1,otpauth://totp?secret=KEY&period=30,Home\n", "Mail|ann|[Home]", "Zoho Vault"},
		"Delinea":        {"Secret Name,Username,URL,Password,Notes,Date Created,Expires,Folder,TOTP Key,TOTP Backup Codes\nMail,ann,https://m,pw,,,,Team,KEY,ABCDEFGH23456722\n", "Mail|ann|[Team]", "Delinea"},
		"Netwrix":        {"\"Organisationseinheit\";\"DataTags\";\"Beschreibung\";\"Benutzername\";\"Passwort\";\"Internetseite\";\"Informationen\";\"One-Time Passwort\"\n\"a\\b\";\"\";\"Mail\";\"ann\";\"p,w\";\"\";\"\";\"KEY\"\n", "Mail|ann|[a/b]", "Netwrix"},
		"Netwrix script": {"\"Organisationseinheit;\"\"DataTags\"\";\"\"Beschreibung\"\";\"\"Benutzername\"\";\"\"Passwort\"\";\"\"One-Time Passwort\"\"\"\n\"Team;\"\"\"\";\"\"Mail\"\";\"\"ann\"\";\"\"pw\"\";\"\"KEY\"\"\"\n", "Mail|ann|[Team]", "Netwrix"},
		"Synology C2":    {"\ufeffDisplay_Name,Login_Username,Login_Password,Login_URLs,Login_TOTP,Notes,Favorite\nMail,ann,pw,https://m,LINK,,1\n", "Mail|ann|[]", "Synology C2"},
		"NordPass": {"name,url,additional_urls,username,password,note,cardholdername,cardnumber,cvc,pin,expirydate,zipcode,folder,full_name,phone_number,email,address1,address2,city,country,state,type,custom_fields\n" +
			"Mail,https://m,,ann,pw,,,,,,,,Home,,,,,,,,,password,\"[{\"\"label\"\":\"\"code\"\",\"\"type\"\":\"\"text\"\",\"\"value\"\":\"\"LINK\"\"}]\"\n", "Mail|ann|[Home]", "NordPass"},
		"LastPass":                     {"url,username,password,totp,extra,name,grouping,fav\r\r\nhttps://x,ann,pw,KEY,note,Mail,a\\b,0\r\r\n", "Mail|ann|[a/b]", "LastPass"},
		"Dashlane":                     {"username,username2,username3,title,password,note,url,category,otpSecret,otpUrl\n,ann,,Mail,pw,,https://m,Work,,LINK\n", "Mail|ann|[Work]", "Dashlane"},
		"Apple":                        {"Title,URL,Username,Password,Notes,OTPAuth\nmail.example (ann),https://m,ann,pw,,LINK\n", "mail.example|ann|[]", "Apple Passwords"},
		"Keeper":                       {"a\\b,Mail,ann,pw,https://m,note,,TFC:Keeper,LINK\nHome,None,bob,pw,,\n", "Mail|ann|[a/b]", "Keeper"},
		"Enpass, old":                  {"\"Title\",\"Field\",\"Value\",\"Field\",\"Value\",.........,\"Note\"\n\"Mail\",\"Username\",\"ann\",\"*Password\",\"pw\",\"TOTP\",\"mfrg gzdf mztw q2lk\",\"a note\"\n\"Other\",\"Username\",\"bob\",\"\"\n", "Mail|ann|[]", "Enpass"},
		"Enpass, new":                  {"\"Other\",\"Username\",\"bob\",\"*Password\",\"pw\"\n\"Mail\",\"Username\",\"ann\",\"*Password\",\"pw\",\"One-time code\",\"key\"\n", "Mail|ann|[]", "Enpass"},
		"Myki":                         {"url,username,password,additionalInfo,nickname,twofaSecret\nhttps://m,ann,pw,,Mail,key\n", "Mail|ann|[]", "Myki"},
		"SafeInCloud":                  {"\"Title\",\"Login\",\"Password\",\"URL\",\"Notes\",\"OTP\"\n\"Mail\",\"ann\",\"pw\",\"\",\"\",\"KEY\"\n", "Mail|ann|[]", "CSV"},
		"Japanese, a name as site":     {"サイト,ユーザー名,パスワード,ワンタイムパスワード\nMail,ann,pw,KEY\n", "Mail|ann|[]", "CSV"},
		"Nextcloud":                    {"Label,Username,Password,Notes,Url,Custom Fields,Folder,Tags,Favorite,Edited,Id,Revision,Folder Id\nMail,ann,pw,,,\"colour, text: red\notp, secret: KEY\",Home,,false,,1,2,3\n", "Mail|ann|[Home]", "Nextcloud Passwords"},
		"Buttercup":                    {"\"!group_id\",\"!group_name\",\"!type\",\"title\",\"username\",\"password\",\"URL\",\"id\",\"code\"\n1,Home,entry,Mail,ann,pw,,2,LINK\n", "Mail|ann|[Home]", "Buttercup"},
		"no title":                     {"url,username,password,totp\nhttps://mail.example/login,ann,pw,KEY\n", "mail.example|ann|[]", "CSV"},
		"tabs":                         {"Title\tUser name\tPassword\tTOTP\nMail\tann\tp,w;x|y\tKEY\n", "Mail|ann|[]", "CSV"},
		"bars":                         {"| Service | Account | Key |\n| Mail | ann | KEY |\n", "Mail|ann|[]", "CSV"},
		"German":                       {"Titel;Benutzername;Kennwort;Einmalcode\nMail;ann;pw;KEY\n", "Mail|ann|[]", "CSV"},
		"Spanish":                      {"Título,Nombre de usuario,Contraseña,Código de un solo uso\nMail,ann,pw,LINK\n", "Mail|ann|[]", "CSV"},
		"Japanese":                     {"タイトル,ユーザー名,パスワード,ワンタイムパスワード\nMail,ann,pw,KEY\n", "Mail|ann|[]", "CSV"},
		"a language that is not known": {"Tiêu đề,Tên người dùng,Mật khẩu,Mã\nMail,ann,pw,KEY\nOther,bob,pw,\n", "Mail|ann|[]", "CSV"},
		"no header":                    {"Mail,ann,KEY\n", "Mail|ann|[]", "CSV"},
		"no header, links":             {"Mail;ann;pw;LINK\nOther;bob;pw;\n", "Mail|ann|[]", "CSV"},
		"no header, no title":          {"https://mail.example,ann@x.example,pw,KEY\n", "|ann@x.example|[]", "CSV"},
	} {
		t.Run(name, func(t *testing.T) {
			checkTable(t, []byte(keyed.Replace(c.text)), c.want, c.title)
		})
	}
}

func checkTable(t *testing.T, data []byte, want, title string) {
	t.Helper()
	r, app, err := Read(t.Context(), Input{Data: data}, "", Options{})
	if err != nil || app.ID != "csv" || len(r.Entries) != 1 || r.Entries[0].Err != nil {
		t.Fatalf("read as %q: %+v, %v", app.ID, r.Entries, err)
	}
	a := r.Entries[0].Account
	if got := fmt.Sprintf("%s|%s|%s", a.Issuer, a.Name, a.Groups); got != want || a.Secret.Base32() != tableKey || r.Title != title+" table, not encrypted" {
		t.Errorf("%q: got %s, want %s", r.Title, got, want)
	}
}

// What a text from before UTF-8 says is read, in names too.
func TestTablesInOldEncodings(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		encode func(string) (string, error)
	}{
		"UTF-16":              {"Titel;Benutzername;TOTP\nMünchen;jörg;", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String},
		"UTF-16BE":            {"Titel;Benutzername;TOTP\nMünchen;jörg;", unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String},
		"UTF-16 without mark": {"Titel;Benutzername;TOTP\nMünchen;jörg;", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String},
		"Windows-1252":        {"Titel;Benutzername;TOTP\nCrédit „München“;jörg;", charmap.Windows1252.NewEncoder().String},
		"Latin-1":             {"Titre;Identifiant;TOTP\nCrédit à découvert;zoé;", charmap.ISO8859_1.NewEncoder().String},
		"Shift JIS":           {"タイトル,ユーザー名,TOTP\n東京銀行,山田,", japanese.ShiftJIS.NewEncoder().String},
		"Shift JIS, half":     {"タイトル,ユーザー名,TOTP\nﾄｳｷｮｳ銀行,ﾔﾏﾀﾞ,", japanese.ShiftJIS.NewEncoder().String},
		"EUC-JP":              {"タイトル,ユーザー名,TOTP\n東京銀行,山田,", japanese.EUCJP.NewEncoder().String},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := c.encode(c.text + tableKey + "\n")
			if err != nil {
				t.Fatal(err)
			}
			_, row, _ := strings.Cut(c.text, "\n")
			cells := strings.FieldsFunc(row, func(r rune) bool { return r == ',' || r == ';' })
			checkTable(t, []byte(data), cells[0]+"|"+cells[1]+"|[]", "CSV")
		})
	}
}

// The names and the codes come from where they are meant to be: neither a password
// nor a code for the day when the phone is lost is taken for one, and neither
// prose nor a list of links is a table.
func TestWhatIsNoCodeInATable(t *testing.T) {
	for text, want := range map[string]string{
		"name,url,username,password\nMail,https://m,ann,ABCDEFGHIJKLMNOPQRSTUVWXYZ234567\n": "csv: this form cannot be opened",
		"name,username,password,2FA recovery code\nMail,ann,pw,ABCD2345ABCD2345\n":          "not a format",
		"Dear Ann, here is the list.\nIt is short, as you see: KRUGS4ZANFZSAYJA\n":          "not a format",
		"otpauth://totp/a?secret=" + tableKey + "&issuer=Foo, Inc\n":                        "uri",
		"Hello,\n\nscan this, please, " + tableLink + "\n":                                  "uri",
	} {
		_, app, err := Read(t.Context(), Input{Data: []byte(text)}, "", Options{})
		got := app.ID
		if err != nil {
			got += ": " + strings.TrimPrefix(err.Error(), "read as "+app.Name+": ")
		}
		if !strings.HasPrefix(strings.TrimPrefix(got, ": "), want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Several codes of one row are several entries, and a damaged one is an error.
func TestCodesOfOneRow(t *testing.T) {
	r := mustRead(t, Input{Data: []byte("title,username,totp,extra field\nMail,ann," + tableKey + ",otpauth://totp?secret=" + rfcKey + "\nShop,bob,018 9,\nForum,eve,,\n")}, "csv", Options{})
	same := mustRead(t, Input{Data: []byte("name,secret,issuer,type,url\nann," + tableKey + ",,totp,otpauth://totp/ann?secret=" + tableKey + "\n")}, "csv", Options{})
	if len(same.Entries) != 1 || same.Entries[0].Account.Issuer != "" || same.Entries[0].Account.Name != "ann" {
		t.Errorf("a key and a link of the same: %+v", same.Entries)
	}
	label := mustRead(t, Input{Data: []byte("title,user,totp\n,hotp demo," + tableKey + "\n")}, "csv", Options{})
	if a := label.Entries[0].Account; len(label.Entries) != 1 || a.Name != "hotp demo" {
		t.Errorf("a name that sounds like a code's: %+v", label.Entries)
	}
	if len(r.Entries) != 3 || r.Entries[1].Err != nil || r.Entries[2].Err == nil || len(r.Notes) != 1 {
		t.Errorf("%+v, notes %q", r.Entries, r.Notes)
	}
}

// A row of millions of fields is refused before it is taken apart, whatever divides it.
func TestTableLimitsForEveryDelimiter(t *testing.T) {
	for _, d := range []string{",", ";", "\t", "|"} {
		for n, want := range map[int]error{maxTableColumns: nil, maxTableColumns + 1: ErrLimit} {
			head := "totp" + strings.Repeat(d+"x", n-1) + "\n"
			if _, _, err := Read(t.Context(), Input{Data: []byte(head)}, "csv", Options{}); !errors.Is(err, want) {
				t.Errorf("%d columns with %q: %v", n, d, err)
			}
		}
		many := "title" + d + "totp\n" + strings.Repeat(d, maxTableFields+1)
		if _, _, err := Read(t.Context(), Input{Data: []byte(many)}, "csv", Options{}); !errors.Is(err, ErrLimit) {
			t.Errorf("a row of %q: %v", d, err)
		}
	}
}

func FuzzTable(f *testing.F) {
	for _, seed := range []string{"a;b;" + tableKey + "\n", "Titel\tTOTP\nx\t" + tableLink, "\"a;\"\"b\"\"\"\n\"c;d\"", "a,TFC:Keeper," + tableLink, "t,Username,u,TOTP,x", "\x83\x5e\x83\x43,TOTP"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		app, _ := ByID("csv")
		app.Detect(Input{Data: data})
		checkProperties(t, app, Input{Data: data}, Options{Now: testNow})
	})
}
