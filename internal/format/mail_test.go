package format

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jangle-otp/jangle/internal/account"
)

const mailLink = "otpauth://totp/Shop:jo?secret=KRUGS4ZANFZSAYJA&issuer=Shop"

func quotedMail(link string) string { return strings.ReplaceAll(link, "=", "=3D") }

// scanName takes a picture's bytes for the text of its code.
var scanName = Options{ScanQR: func(_ context.Context, picture []byte) ([]string, error) {
	if s := string(picture); strings.HasPrefix(s, "otpauth") {
		return []string{s}, nil
	}
	return nil, errors.New("no code")
}}

func TestMail(t *testing.T) {
	shop := acc(account.TOTP, "Shop", "jo", "KRUGS4ZANFZSAYJA", account.SHA1, 6, 30, 0)
	const head = "From: shop@example.com\r\nDate: Fri, 27 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
	soft := strings.Replace(quotedMail(mailLink), "ANFZ", "AN=\r\nFZ", 1)
	both := "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nUse " + soft +
		" now.\r\n--b\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n<p>caf=E9 <a href=3D\"" +
		strings.ReplaceAll(soft, "&", "&amp;") + "\">here</a></p>\r\n--b--\r\n"
	for name, text := range map[string]string{
		"quoted-printable": head + "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGood day,\r\n" + soft + "\r\n",
		"plain":            head + "\r\n" + mailLink + "\r\n",
		"bare newlines":    strings.ReplaceAll(head+"Content-Transfer-Encoding: quoted-printable\r\n\r\n"+soft+"\r\n", "\r\n", "\n"),
		"base64":           head + "Content-Transfer-Encoding: BASE64\r\n\r\n" + toBase64([]byte("Scan: " + mailLink + "\n"))[:40] + "\r\n" + toBase64([]byte("Scan: " + mailLink + "\n"))[40:] + "\r\n",
		"text and HTML":    head + both,
		"forwarded":        head + "Content-Type: message/rfc822\r\n\r\n" + head + both,
		"mailbox":          "From shop@example.com Fri Nov 27 10:00:00 2026\n" + strings.ReplaceAll(head+both, "\r\n", "\n"),
		"picture":          head + "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + toBase64([]byte(mailLink)) + "\r\n",
		"page": "From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; type=\"text/html\"; boundary=\"--b\"\r\n\r\n----b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<img src=3D'data:image/png;base64," +
			strings.ReplaceAll(toBase64([]byte(mailLink)), "=", "=3D") + "'>\r\n----b--\r\n",
	} {
		r := mustRead(t, Input{Data: []byte(text)}, "mail", scanName)
		if len(r.Entries) != 1 || r.Entries[0].Err != nil || r.Incomplete {
			t.Errorf("%s: %v, notes %q", name, r.Entries, r.Notes)
			continue
		}
		checkAccounts(t, r, []account.Account{shop})
		if found, ok := Detect(Input{Data: []byte(text)}); !ok || found.ID != "mail" {
			t.Errorf("%s: found to be %q", name, found.ID)
		}
	}
}

func TestMailRefused(t *testing.T) {
	nested := "MIME-Version: 1.0\r\n"
	for i := range maxDepth + 2 {
		b := strings.Repeat("b", i+1)
		nested += "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n"
	}
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"no link":   {"MIME-Version: 1.0\r\n\r\nhello\r\n", ErrUnsupported},
		"nested":    {nested, ErrLimit},
		"parts":     {"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", maxZipEntries+1), ErrLimit},
		"no mail":   {"key: value\n", ErrDamaged},
		"cut":       {"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n!!", ErrUnsupported},
		"too large": {"MIME-Version: 1.0\r\n\r\n" + strings.Repeat("x", MaxTextBytes), ErrLimit},
	} {
		if _, _, err := Read(t.Context(), Input{Data: []byte(c.text)}, "mail", Options{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What was cut out of a message, or escaped once more, says what the message says,
// or is refused with the reason.
func TestLinksThatWereEscaped(t *testing.T) {
	shop := acc(account.TOTP, "Shop", "jo", "KRUGS4ZANFZSAYJA", account.SHA1, 6, 30, 0)
	for name, text := range map[string]string{
		"quoted-printable":   quotedMail(mailLink),
		"and lower case":     strings.ReplaceAll(mailLink, "=", "=3d"),
		"soft line break":    "see " + strings.Replace(quotedMail(mailLink), "ANFZ", "AN=\r\nFZ", 1) + " =\n",
		"break, one =":       strings.Replace(quotedMail("otpauth://totp/Shop:jo?secret=KRUGS4ZANFZSAYJA"), "ANFZ", "AN=\nFZ", 1) + "\n<p class=3D\"x\">",
		"HTML, quoted":       `<a href=3D"` + strings.ReplaceAll(quotedMail(mailLink), "&", "&amp;") + `">`,
		"HTML entities":      strings.ReplaceAll(mailLink, "&", "&#38;"),
		"JSON":               strings.NewReplacer("/", `\/`, "&", `\u0026`, "=", `\u003d`).Replace(mailLink),
		"Markdown":           strings.NewReplacer("&", `\&`, "=", `\=`).Replace(mailLink),
		"in another address": "https://x.example/?u=otpauth%3A%2F%2Ftotp%2FShop%3Ajo%3Fsecret%3DKRUGS4ZANFZSAYJA%26issuer%3DShop&x=1",
		"wrapped":            "link:\n" + mailLink[:45] + "\n" + mailLink[45:] + "\n",
		"wrapped, quoted":    "> " + mailLink[:45] + "\n> " + mailLink[45:] + "\n",
	} {
		r := mustRead(t, Input{Data: []byte(text)}, "uri", Options{})
		if len(r.Entries) != 1 || r.Entries[0].Err != nil || r.Entries[0].Account.Secret.Base32() != shop.Secret.Base32() || r.Entries[0].Account.Issuer != "Shop" {
			t.Errorf("%s: %v", name, r.Entries)
		}
	}
	r := mustRead(t, Input{Data: []byte("otpauth://totp/Shop:jo?secret=3DKRUGS4ZANFZSAYJA\n")}, "uri", Options{})
	if len(r.Entries) != 1 || r.Entries[0].Err == nil || !strings.Contains(r.Entries[0].Err.Error(), "quoted-printable") {
		t.Errorf("an unclear secret: %v", r.Entries)
	}
	for _, text := range []string{ // these begin with 3D, and end with padding
		"otpauth://totp/Shop:jo?secret=3DKRUGS4ZANFZSAY&issuer=Shop",
		"otpauth://totp/Shop:jo?secret=3DKRUGS4ZANFZSAY=\notpauth://totp/X:y?secret=KRUGS4ZANFZSAYJA&issuer=X",
		"otpauth://totp/Shop:jo?issuer=Shop&secret=3DKRUGS4ZANFZSAY",
	} {
		r := mustRead(t, Input{Data: []byte(text)}, "uri", Options{})
		if e := r.Entries[0]; e.Err != nil || e.Account.Secret.Base32() != "3DKRUGS4ZANFZSAY" {
			t.Errorf("%s: %v, %s", text, e.Err, e.Account.Secret.Base32())
		}
	}
}

func FuzzMail(f *testing.F) {
	f.Add([]byte("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + toBase64([]byte(mailLink))))
	f.Add([]byte("MIME-Version: 1.0\r\n\r\n" + mailLink))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkProperties(t, mail(), Input{Data: data}, Options{})
	})
}

func TestPages(t *testing.T) {
	shop := acc(account.TOTP, "Shop", "jo", "KRUGS4ZANFZSAYJA", account.SHA1, 6, 30, 0)
	data := "data:image/png;base64," + toBase64([]byte(mailLink))
	for name, body := range map[string]string{
		"single quotes":  "<a href='" + mailLink + "'>x</a>",
		"no quotes":      "<a href=" + strings.ReplaceAll(mailLink, "&", "&amp;") + ">x</a>",
		"twice":          `<a href="` + mailLink + `">` + strings.ReplaceAll(mailLink, "&", "&amp;") + "</a>",
		"cut by tags":    "<p>" + mailLink[:40] + "<wbr>" + mailLink[40:55] + "<b>" + strings.ReplaceAll(mailLink[55:], "&", "&#38;") + "</b></p><p>more</p>",
		"script":         `<script>var x = "` + strings.ReplaceAll(mailLink, "&", `\u0026`) + `"</script>`,
		"comment":        "<!-- " + mailLink + " -->",
		"picture":        "<img alt=x src='" + data + "'>",
		"CSS":            `<div style="background: url('` + data + `')">`,
		"CSS, no quotes": "<style>.x{background:url(" + data + ")}</style>",
		"broken lines":   "<img src=\"data:image/png;base64,\n" + toBase64([]byte(mailLink))[:20] + "\n  " + toBase64([]byte(mailLink))[20:] + "\">",
		"not base64":     "<img src='data:image/svg+xml," + strings.NewReplacer("%", "%25", "&", "%26", "?", "%3F").Replace(mailLink) + "'>",
	} {
		r := mustRead(t, Input{Data: []byte("<!doctype html><html>" + body)}, "html", scanName)
		if len(r.Entries) != 1 || r.Entries[0].Err != nil || r.Incomplete {
			t.Errorf("%s: %v, notes %q", name, r.Entries, r.Notes)
			continue
		}
		checkAccounts(t, r, []account.Account{shop})
	}
}
