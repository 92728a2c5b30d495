package format

import (
	"slices"
	"strings"
	"unicode"
)

// tableColumn is what a column means.
type tableColumn int

const (
	colSecret tableColumn = iota
	colSecretHex
	colSecretBase64
	colSecretText
	colHOTPSecret // KeePass writes HOTP in columns of its own
	colTitle
	colUser
	colPassword
	colURL
	colNote
	colGroup
	colTags
	colFavourite
	colArchived
	colKind
	colCounter
	colAlgorithm
	colDigits
	colPeriod
	colCreated
	colUpdated
	columnMeanings
)

// names lists a column's names in all known exports, without case, blanks and
// signs, the surest first.
func (c tableColumn) names() string {
	return [columnMeanings]string{
		colSecret: "logintotp otpauth otpauthurl otpurl otpsecret totp otp 2fa onetimepassword onetimecode timeotpsecretbase32 totpsecret twofasecret " +
			"ワンタイムパスワード 認証キー セットアップキー 秘密鍵 シークレットキー 二段階認証 2段階認証 twofactor authenticatorkey totpkey totpseed urlotpauth onetimepasswort authtoken secret",
		colSecretHex:    "timeotpsecrethex",
		colSecretBase64: "timeotpsecretbase64",
		colSecretText:   "timeotpsecret",
		colHOTPSecret:   "hmacotpsecretbase32",
		colTitle: "title issuer service displayname passwordname secretname nickname name label site accountname website beschreibung titel titre título titolo tytuł otsikko " +
			"bezeichnung dienst nom nombre nome naam namn navn nazwa název タイトル サイト名 件名 項目名 サービス名 サービス 名称 名前 название 标题 標題",
		colUser: "loginusername username user login account email emailaddress loginname username2 benutzername benutzer anmeldename konto kontoname utilisateur nomdutilisateur identifiant " +
			"usuario usuário nombredeusuario nomedeusuário nomeutente utente gebruikersnaam gebruiker användarnamn brukernavn brugernavn użytkownik nazwaużytkownika käyttäjätunnus " +
			"ユーザー名 ユーザ名 ユーザーid アカウント ログインid メールアドレス имяпользователя логин 用户名 使用者名稱",
		colPassword: "password loginpassword pwd pass passwort kennwort motdepasse contraseña clave senha palavrapasse wachtwoord lösenord passord adgangskode hasło heslo salasana パスワード 暗証番号 пароль 密码 密碼",
		colURL:      "url loginurl loginuri loginurls secreturl passwordurl web webseite internetseite internetadresse webpage siteweb sitioweb sitoweb サイト アドレス",
		colNote:     "notes note extra comments notizen notiz kommentare kommentar informationen remarques commentaires notas opmerkingen メモ 備考 заметки 备注",
		colGroup: "group folder collections grouping vault category foldername chambername groupname ordner gruppe kategorie organisationseinheit organisationalunit dossier groupe carpeta pasta " +
			"cartella gruppo map mappe フォルダ フォルダー グループ папка группа 文件夹",
		colTags:      "tags",
		colFavourite: "favorite favourite fav",
		colArchived:  "archived",
		colKind:      "otptype type",
		colCounter:   "hmacotpcounter counter",
		colAlgorithm: "timeotpalgorithm algorithm",
		colDigits:    "timeotplength digits",
		colPeriod:    "timeotpperiod period",
		colCreated:   "created createtime",
		colUpdated:   "lastmodified modifytime",
	}[c]
}

// managerOf names the program by a column that only its exports have.
func managerOf(header []string) string {
	for _, known := range [][2]string{
		{"rffieldsv2", "RoboForm"}, {"rffields", "RoboForm"}, {"secretdata", "Zoho Vault"}, {"totpbackupcodes", "Delinea"}, {"datatags", "Netwrix"},
		{"displayname", "Synology C2"}, {"logintotp", "Bitwarden"}, {"cardholdername", "NordPass"}, {"grouping", "LastPass"}, {"archived", "1Password"}, {"username2", "Dashlane"},
		{"twofasecret", "Myki"}, {"lastmodified", "KeePassXC"}, {"createtime", "Proton Pass"}, {"groupid", "Buttercup"}, {"httprealm", "Firefox"},
		{"timeotpsecretbase32", "KeePass"}, {"hmacotpsecretbase32", "KeePass"}, {"revision", "Nextcloud Passwords"}, {"otpauth", "Apple Passwords"},
	} {
		if slices.Contains(header, known[0]) {
			return known[1]
		}
	}
	return ""
}

// plainName is a column's name without case, blanks and signs.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// means reports whether a plain name is one of the column's.
func (c tableColumn) means(name string) bool {
	return name != "" && strings.Contains(" "+c.names()+" ", " "+name+" ")
}

func isKnownName(name string) bool {
	for c := range columnMeanings {
		if c.means(name) {
			return true
		}
	}
	return false
}

// isRecovery: codes for the day when the phone is lost are another thing.
func isRecovery(name string) bool {
	return slices.ContainsFunc(strings.Fields("backup recovery reserve wiederherstellung récupération recuperación recupero バックアップ"),
		func(part string) bool { return strings.Contains(name, part) })
}

// soundsLikeCode: parts of the names that exports in many languages give to a code.
func soundsLikeCode(name string) bool {
	return slices.ContainsFunc(strings.Fields("otp 2fa twofa twofactor mfa onetime einmal zweifaktor usageunique deuxfacteurs unsolouso dosfactores monouso duefattori "+
		"usoúnico doisfatores eenmalig tweefactor engangs tvåfaktor tofaktor jednoraz kertakäyttö ワンタイム 二要素 2要素 2段階 одноразов двухфактор 一次性 两步 兩步 authenticator"),
		func(part string) bool { return strings.Contains(name, part) }) && !isRecovery(name)
}

// isCodeName reports whether a plain name is one of a code's column or label.
func isCodeName(name string) bool { return colSecret.means(name) || soundsLikeCode(name) }
