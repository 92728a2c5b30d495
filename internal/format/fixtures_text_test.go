package format

import (
	"context"
	"encoding/hex"
	"html"
	"strings"

	"github.com/jangle-otp/jangle/internal/account"
	"github.com/jangle-otp/jangle/internal/format/container/sqlite/sqlitetest"
)

// prefs is an Android settings file with name and value by turns.
func prefs(pairs ...string) []byte {
	var out strings.Builder
	out.WriteString("<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<map>\n    <int name=\"n\" value=\"1\" />\n")
	for i := 0; i < len(pairs); i += 2 {
		out.WriteString(`    <string name="` + html.EscapeString(pairs[i]) + `">` + html.EscapeString(pairs[i+1]) + "</string>\n")
	}
	return []byte(out.String() + "</map>\n")
}

func battleNetMasked(text string) string {
	mask, _ := hex.DecodeString(battleNetMask)
	out := []byte(text)
	for i := range out {
		out[i] ^= mask[i]
	}
	return hex.EncodeToString(out)
}

func prefsFixtures() []fixture {
	const s = rfcKey
	one := func(name, app string, data []byte, want ...account.Account) fixture {
		return fixture{name: name, app: app, in: Input{Data: data}, guard: Plain, want: want}
	}
	token := `{"algo":"SHA1","counter":4,"digits":6,"issuerExt":"b","label":"a","period":30,"secret":` + javaBytes(rfcRaw) + `,"type":"HOTP"}`
	return []fixture{
		one("tokens", "freeotp", prefs("b:a", token, "tokenOrder", `["b:a"]`), acc(account.HOTP, "b", "a", s, account.SHA1, 6, 0, 5)),
		one("settings", "authy", prefs("com.authy.storage.tokens.authenticator.key", `[{"accountType":"authenticator","decryptedSecret":"`+s+`","digits":8,"originalName":"GitHub:ann","encryptedSecret":"AAAA","salt":"x"}]`),
			acc(account.TOTP, "GitHub", "ann", s, account.SHA1, 8, 30, 0)),
		one("Authy's own apps", "authy", prefs("com.authy.storage.tokens.authy.key", `[{"name":"Twilio","secretSeed":"3132333435363738393031323334353637383930"}]`),
			acc(account.TOTP, "", "Twilio", s, account.SHA1, 7, 10, 0)),
		one("settings", "battlenet", prefs("com.blizzard.messenger.AUTHENTICATOR_SERIAL", battleNetMasked("EU-1234-5678-9012"), "com.blizzard.messenger.AUTHENTICATOR_DEVICE_SECRET", battleNetMasked("3132333435363738393031323334353637383930")),
			acc(account.TOTP, "Battle.net", "EU-1234-5678-9012", s, account.SHA1, 8, 30, 0)),
		one("settings", "totp-authenticator", prefs("STATIC_TOTP_CODES_LIST", totpAuthenticatorCodes),
			acc(account.TOTP, "GitHub", "ann", s, account.SHA1, 8, 60, 0), plainTOTP("", "b"), plainTOTP("c", "d")),
	}
}

const totpAuthenticatorCodes = `[{"issuer":"GitHub","name":"ann","key":"3132333435363738393031323334353637383930","base":16,"digits":"8","period":"60","accountHeaderLabel":"Work","isFavorite":true},` +
	`{"issuer":"Unknown","name":"b","key":"` + rfcKey + `","base":32,"digits":"","period":""},{"issuer":"c","name":"d","key":"MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=","base":64}]`

func tableFixtures() []fixture {
	const s = rfcKey
	one := func(name, app, data string, want ...account.Account) fixture {
		return fixture{name: name, app: app, in: Input{Data: []byte(data)}, guard: Plain, want: want}
	}
	const uri = "otpauth://totp/GitHub:ann?secret=" + rfcKey + "&period=60&digits=8&issuer=GitHub"
	fromURI := acc(account.TOTP, "GitHub", "ann", s, account.SHA1, 8, 60, 0)
	return append(databaseFixtures(),
		one("as KeePassXC writes it", "keepassxc-csv", `"Group","Title","Username","Password","URL","Notes","TOTP","Icon","Last Modified","Created"`+"\n"+
			`"Root/Work","Git","ann","secret","https://x","two`+"\n"+`lines","`+uri+`","0","2022-12-01T10:00:00Z","2022-12-01T10:00:00Z"`+"\n"+`"Root","no code","","","","","","0","",""`+"\n", fromURI),
		one("Apple Passwords", "csv", "Title,URL,Username,Password,Notes,OTPAuth\nGit,https://x,ann,pw,note,"+uri+"\nother,,bob,pw,,\n", fromURI),
		one("1Password", "csv", "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\nGit,https://x,ann,pw,"+s+",true,false,\"a;b\",n\n", plainTOTP("Git", "ann")),
		one("LastPass", "csv", "url,username,password,totp,extra,name,grouping,fav\nhttps://x,ann,pw,GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ,note,Git,Work,1\n", plainTOTP("Git", "ann")),
		one("Dashlane", "csv", "username,username2,username3,title,password,note,url,category,otpSecret\nann,,,Git,pw,n,https://x,Work,"+s+"\n", plainTOTP("Git", "ann")),
		one("Proton Pass", "csv", "type,name,url,email,username,password,note,totp,createTime,modifyTime,vault\nlogin,Git,https://x,a@x,ann,pw,n,"+uri+",1600000000,1600000001,Personal\n", fromURI),
		one("KeePass", "csv", "Title,User Name,TimeOtp-Secret-Base32,TimeOtp-Period,TimeOtp-Length,TimeOtp-Algorithm,HmacOtp-Secret-Base32,HmacOtp-Counter\nGit,ann,"+s+",60,8,HMAC-SHA-256,,\nHo,bob,,,,,"+s+",3\n",
			acc(account.TOTP, "Git", "ann", s, account.SHA256, 8, 60, 0), acc(account.HOTP, "Ho", "bob", s, account.SHA1, 6, 0, 3)),
		one("hexadecimal", "csv", "Title,UserName,TimeOtp-Secret-Hex\nGit,ann,3132333435363738393031323334353637383930\n", plainTOTP("Git", "ann")),
		one("Steam", "csv", "name,username,totp\nSteam,ann,steam://"+s+"\n", acc(account.Steam, "Steam", "ann", s, account.SHA1, 5, 30, 0)),
		one("guarded cells", "csv", "name,username,totp\n'=cmd,'@ann,"+s+"\n", plainTOTP("=cmd", "@ann")),
	)
}

func databaseFixtures() []fixture {
	const s = rfcKey
	one := func(name, app string, want []account.Account, tables ...sqlitetest.Table) fixture {
		return fixture{name: name, app: app, in: Input{Data: sqlitetest.Build(tables...)}, guard: Plain, want: want}
	}
	i := func(n int) int64 { return int64(n) }
	return []fixture{
		one("accounts", "google-database", []account.Account{plainTOTP("GitHub", "ann"), acc(account.HOTP, "", "b", s, account.SHA1, 6, 0, 7)}, sqlitetest.Table{
			Name: "accounts", SQL: "CREATE TABLE accounts (_id INTEGER PRIMARY KEY, email TEXT NOT NULL, secret TEXT NOT NULL, counter INTEGER DEFAULT 0, type INTEGER, provider INTEGER DEFAULT 0, issuer TEXT DEFAULT NULL, original_name TEXT DEFAULT NULL)",
			Rows: [][]any{{nil, "GitHub:ann", s, i(0), i(0), i(0), "GitHub", "GitHub:ann"}, {nil, "b", s, i(7), i(1), i(0), nil, "b"}}}),
		one("accounts", "microsoft", []account.Account{plainTOTP("GitHub", "ann"), acc(account.TOTP, "Microsoft", "m", s, account.SHA1, 8, 30, 0)}, sqlitetest.Table{
			Name: "accounts", SQL: "CREATE TABLE `accounts` (`_id` INTEGER PRIMARY KEY AUTOINCREMENT, `name` TEXT NOT NULL, `username` TEXT, `oath_secret_key` TEXT, `account_type` INTEGER, `encrypted_oath_secret_key` TEXT)",
			Rows: [][]any{{nil, "GitHub", "ann", strings.ToLower(s), i(0), ""}, {nil, "Microsoft", "m", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", i(1), ""}}}),
		one("all tables", "stratum-database", []account.Account{acc(account.TOTP, "GitHub", "ann", s, account.SHA512, 8, 60, 0)},
			sqlitetest.Table{Name: "authenticator", SQL: `CREATE TABLE "authenticator" ("type" integer, "icon" varchar, "issuer" varchar(32), "username" varchar(40), "secret" varchar primary key not null, "pin" varchar, "algorithm" integer, "digits" integer, "period" integer, "counter" integer, "ranking" integer)`,
				Rows: [][]any{{i(2), "@1", "GitHub", "ann", s, nil, i(2), i(8), i(60), i(0), i(0)}}},
			sqlitetest.Table{Name: "category", SQL: `CREATE TABLE "category" ("id" varchar(8), "name" varchar(32), "ranking" integer)`, Rows: [][]any{{"c", "Work", i(0)}}},
			sqlitetest.Table{Name: "authenticatorcategory", SQL: `CREATE TABLE "authenticatorcategory" ("categoryId" varchar, "authenticatorSecret" varchar, "ranking" integer)`, Rows: [][]any{{"c", s, i(0)}}},
			sqlitetest.Table{Name: "customicon", SQL: `CREATE TABLE "customicon" ("id" varchar, "data" blob)`, Rows: [][]any{{"1", []byte("\x89PNG\r\n\x1a\n")}}}),
	}
}

// lineFixtures are the text files of terminal tools.
func lineFixtures() []fixture {
	const s = rfcKey
	one := func(name, app, data string, want ...account.Account) fixture {
		return fixture{name: name, app: app, in: Input{Data: []byte(data)}, guard: Plain, want: want}
	}
	asIs := func(_ context.Context, data []byte) ([]byte, error) {
		return data[len("age-encryption.org/v1\n"):], nil
	}
	plain := func(_ context.Context, data []byte) ([]byte, error) { return data, nil }
	const yaml = "- name: work\n  accounts:\n    - name: github\n      token: " + rfcKey + "\n      prefix: \"\"\n      algorithm: sha256\n      length: 8\n      timePeriod: 60\n"
	work := acc(account.TOTP, "work", "github", s, account.SHA256, 8, 60, 0)
	return []fixture{
		one("keychain", "rsc-2fa", "github 6 "+s+"\ncounter 8 "+strings.ToLower(s)+" 00000000000000000002\n",
			plainTOTP("", "github"), acc(account.HOTP, "", "counter", s, account.SHA1, 8, 0, 3)),
		one("list", "gauth", "a:GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ\notpauth://totp/b:c?secret="+s+"&issuer=b&digits=8\n",
			plainTOTP("", "a"), acc(account.TOTP, "b", "c", s, account.SHA1, 8, 30, 0)),
		one("dump", "totp-cli", yaml, work),
		{name: "age file", app: "totp-cli", in: Input{Data: []byte("age-encryption.org/v1\n" + `[{"name":"work","accounts":[{"name":"github","token":"` + s + `","algorithm":"sha256","length":8,"timePeriod":60}]}]`)},
			o: Options{Decrypt: asIs}, guard: Encrypted, want: []account.Account{work}},
		{name: "another export in an age file", app: "totp-cli", in: Input{Data: []byte("age-encryption.org/v1\n" + "github 6 " + s + "\n")},
			o: Options{Decrypt: asIs}, guard: Encrypted, want: []account.Account{plainTOTP("", "github")}},
		{name: "store", app: "pass", o: Options{Decrypt: plain}, guard: Encrypted,
			in: Input{Files: map[string][]byte{
				".gpg-id":                []byte("ann"),
				".git/x.gpg":             []byte("otpauth://totp/x?secret=" + s),
				"email/password.gpg":     []byte("hunter2\nurl: https://x\n"),
				"web/github.com/ann.gpg": []byte("password\notpauth://totp/?secret=" + s + "&digits=8\n"),
				"web/gopass/bob.gpg":     []byte("password\n---\notpauth: //totp/Site:bob?secret=" + s + "\n"),
				"z.gpg":                  []byte("password\ntotp: " + s + "\n"),
			}},
			want: []account.Account{acc(account.TOTP, "github.com", "ann", s, account.SHA1, 8, 30, 0), plainTOTP("Site", "bob"), plainTOTP("z", "")}},
		one("text", "winauth", "otpauth://totp/My+Site%3Aann+lee?secret="+s+"&digits=6&icon=WinAuth\r\n", plainTOTP("My Site", "ann lee")),
	}
}
