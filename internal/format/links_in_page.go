package format

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/jangle-otp/jangle/internal/otpauth"
)

// page is what a page of HTML holds: in its text, its attributes, its scripts and
// comments. It is read token by token, so that nothing nests.
type page struct {
	links    []string
	pictures []pagePicture
}

type pagePicture struct {
	data    []byte // nil if it is damaged
	element bool   // an <img>, not a style's
}

// readPage reads a page however broken it is, as browsers do.
func readPage(text string) page {
	var p page
	var running strings.Builder // text that no element has ended
	flush := func() {
		for _, link := range otpauth.FindURIs(running.String()) {
			p.take(link)
		}
		running.Reset()
	}
	z := html.NewTokenizer(strings.NewReader(text))
	z.SetMaxBuf(MaxTextBytes)
	raw := ""
	for {
		switch z.Next() {
		case html.ErrorToken: // the end
			flush()
			return p
		case html.TextToken:
			if raw == "style" {
				p.takePictures(string(z.Raw()), false)
			}
			running.Write(z.Text())
		case html.CommentToken:
			flush()
			running.Write(z.Text())
			flush()
		case html.EndTagToken:
			name, _ := z.TagName()
			if raw = ""; !isInline(string(name)) {
				flush()
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if raw = string(name); !isInline(raw) {
				flush()
			}
			for more {
				var value []byte
				_, value, more = z.TagAttr()
				p.takePictures(string(value), raw == "img")
				if !bytes.HasPrefix(value, []byte("data:")) {
					for _, link := range otpauth.FindURIs(string(value)) {
						p.take(link)
					}
				}
			}
		}
	}
}

// isInline: these do not end a line of text.
func isInline(name string) bool {
	return slices.Contains([]string{"a", "abbr", "b", "code", "em", "font", "i", "kbd", "mark", "s", "samp", "small", "span", "strong", "tt", "u", "wbr"}, name)
}

func (p *page) take(link string) {
	if !slices.Contains(p.links, link) {
		p.links = append(p.links, link)
	}
}

// takePictures takes the data: addresses (RFC 2397) out of an attribute or a style.
func (p *page) takePictures(text string, element bool) {
	for {
		i := strings.Index(text, pictureMark)
		if i < 0 || len(p.pictures) > MaxEntries {
			return
		}
		whole := i == 0 && element // else the quotes or brackets of url() end it
		text = text[i:]
		end := len(text)
		if j := strings.IndexAny(text, "\"')"); j >= 0 && !whole {
			end = j
		}
		head, data, _ := strings.Cut(text[:end], ",")
		text = text[end:]
		picture := pagePicture{element: element}
		if strings.HasSuffix(head, ";base64") {
			data = strings.Map(func(c rune) rune {
				if strings.ContainsRune(" \t\r\n", c) {
					return -1
				}
				return c
			}, data)
			if decoded, err := base64.StdEncoding.DecodeString(data); err == nil {
				picture.data = decoded
			}
		} else if decoded, err := url.PathUnescape(data); err == nil {
			picture.data = []byte(decoded)
		}
		p.pictures = append(p.pictures, picture)
	}
}

const pictureMark = "data:image/"
