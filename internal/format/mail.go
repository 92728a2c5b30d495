package format

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jangle-otp/jangle/internal/otpauth"
)

// mail is a message that was saved as a file (.eml, .mht, the first of a mailbox):
// its parts are read as a mail program would (RFC 5322, RFC 2045, RFC 2557).
func mail() App {
	return App{
		ID: "mail", Name: "e-mail",
		HowTo:  "a message, or a page with its pictures, saved as a file (.eml, .mht)",
		Detect: func(in Input) bool { _, ok := openMail(in.look().text); return ok },
		Read:   readMail,
	}
}

// openMail reads the head of a message. Text whose lines merely look like a head
// is none: MIME or a sender with a date has to be there.
func openMail(text []byte) (*netmail.Message, bool) {
	if bytes.HasPrefix(text, []byte("From ")) { // a mailbox
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	name, _, found := bytes.Cut(text[:min(len(text), 80)], []byte(":"))
	if !found || bytes.ContainsAny(name, " \t\r\n\"{<") {
		return nil, false
	}
	m, err := netmail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return nil, false
	}
	has := func(name string) bool { return m.Header.Get(name) != "" }
	return m, has("MIME-Version") || has("Content-Transfer-Encoding") || has("From") && (has("Date") || has("Message-ID"))
}

func readMail(ctx context.Context, in Input, o Options) (Result, error) {
	if n := len(in.look().text); n > MaxTextBytes {
		return Result{}, fmt.Errorf("%w: %d bytes of text are more than %d", ErrLimit, n, MaxTextBytes)
	}
	message, ok := openMail(in.look().text)
	if !ok {
		return Result{}, fmt.Errorf("%w: it is not an e-mail", ErrDamaged)
	}
	m := mailReader{ctx: ctx, o: o}
	if err := m.part(textproto.MIMEHeader(message.Header), message.Body, 0); err != nil {
		return Result{}, err
	}
	if len(m.found) == 0 {
		return Result{}, fmt.Errorf("%w: the message holds no otpauth:// link and no QR code that could be read", ErrUnsupported)
	}
	r, err := Links(m.found)
	r.Title, r.Notes = "e-mail", append(r.Notes, m.notes...)
	r.Incomplete = r.Incomplete || len(m.notes) > 0
	return r, err
}

type mailReader struct {
	ctx   context.Context
	o     Options
	parts int
	found []string // links; a message has them as text and once more as HTML
	notes []string
	over  bool // no more pictures are looked at
}

func (m *mailReader) take(links ...string) {
	for _, link := range links {
		if !slices.ContainsFunc(m.found, func(have string) bool { return sameLink(have, link) }) {
			m.found = append(m.found, link)
		}
	}
}

// sameLink: the HTML and the text of one message may escape a link differently.
func sameLink(a, b string) bool {
	if a == b {
		return true
	}
	x, _, errX := otpauth.Parse(a)
	y, _, errY := otpauth.Parse(b)
	return errX == nil && errY == nil && otpauth.Format(x) == otpauth.Format(y)
}

// part reads one part, and those in it.
func (m *mailReader) part(header textproto.MIMEHeader, body io.Reader, depth int) error {
	if m.parts++; m.parts > maxZipEntries || depth > maxDepth || m.ctx.Err() != nil {
		return fmt.Errorf("%w: the message has too many parts", ErrLimit)
	}
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || media == "" {
		media = "text/plain"
	}
	if strings.HasPrefix(media, "multipart/") {
		for parts := multipart.NewReader(body, params["boundary"]); ; {
			p, err := parts.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				m.notes = append(m.notes, "the message is cut off or damaged")
				return nil
			}
			if err := m.part(p.Header, p, depth+1); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(strings.TrimSpace(header.Get("Content-Transfer-Encoding"))) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	data, err := io.ReadAll(io.LimitReader(body, MaxTextBytes)) // of a whole that is no larger
	if err != nil {
		m.notes = append(m.notes, fmt.Sprintf("part %d of the message is damaged", m.parts))
	}
	switch {
	case media == "message/rfc822":
		if inner, err := netmail.ReadMessage(bytes.NewReader(data)); err == nil {
			return m.part(textproto.MIMEHeader(inner.Header), inner.Body, depth+1)
		}
	case media == "text/html":
		page := readPage(mailText(data))
		m.take(page.links...)
		if m.o.ScanQR != nil {
			for _, picture := range page.pictures {
				m.scan(picture.data)
			}
		}
	case strings.HasPrefix(media, "text/"):
		m.take(otpauth.FindURIs(mailText(data))...)
	case strings.HasPrefix(media, "image/") && m.o.ScanQR != nil:
		m.scan(data)
	}
	return nil
}

// scan passes over pictures without a code: mail is full of them.
func (m *mailReader) scan(picture []byte) {
	if m.over {
		return
	}
	links, err := m.o.ScanQR(m.ctx, picture)
	if m.over = errors.Is(err, ErrLimit); m.over {
		m.notes = append(m.notes, fmt.Sprintf("the other pictures were not looked at: %v", err))
	} else if err == nil {
		m.take(slices.DeleteFunc(links, func(s string) bool { return !otpauth.IsURI(s) })...)
	}
}

// mailText takes text that is not UTF-8 for Latin-1: links are ASCII in both.
func mailText(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	runes := make([]rune, len(data))
	for i, b := range data {
		runes[i] = rune(b)
	}
	return string(runes)
}
