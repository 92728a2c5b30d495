package otpauth

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// readNames finds issuer and account in the label and in the issuer parameter.
// Where both name an issuer and they differ, apps disagree on which counts
// (Aegis and Stratum: the label; Ente, Proton, FreeOTP+: the parameter); the
// parameter counts here, and the label's prefix stays in the account's name, so
// that nothing is lost.
func (r *reading) readNames(label string) {
	issuer := r.text("issuer", r.params.get("issuer"))
	prefix, name := splitLabel(r.text("account", unescape(label)), issuer)
	r.issuer, r.name = issuer, name
	switch {
	case issuer == "":
		r.issuer = prefix
	case prefix != "" && !hasPrefixFold(issuer, prefix):
		r.name = strings.TrimSuffix(prefix+":"+name, ":")
		r.warn("the label says %.80q and the issuer parameter %.80q: the parameter was taken", prefix, issuer)
	}
}

// text trims a name and makes it valid UTF-8: a name that cannot be read is no
// reason to lose the account.
func (r *reading) text(field, s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
		r.warn("%s: bytes that are not UTF-8 were replaced", field)
	}
	return strings.TrimSpace(s)
}

// splitLabel cuts "issuer:account" at the first colon, or, where there are
// several, behind the issuer that the parameter names. ":account" has no prefix.
func splitLabel(label, issuer string) (prefix, name string) {
	if issuer != "" && strings.Count(label, ":") > 1 {
		if rest, ok := strings.CutPrefix(label, issuer+":"); ok {
			return issuer, strings.TrimSpace(rest)
		}
	}
	prefix, name, found := strings.Cut(label, ":")
	if !found {
		return "", label
	}
	return strings.TrimSpace(prefix), strings.TrimSpace(name)
}

func hasPrefixFold(s, prefix string) bool {
	return strings.HasPrefix(strings.ToLower(s), strings.ToLower(prefix))
}

func (r *reading) warn(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}
