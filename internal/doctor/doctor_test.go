package doctor

import (
	"context"
	"testing"
)

func TestRunGoesOnAfterAPanic(t *testing.T) {
	found := Run(context.Background(), []Check{
		{"broken", func(context.Context) Finding { panic("secret") }},
		{"fine", func(context.Context) Finding { return Finding{Level: OK, Text: "fine"} }},
	})
	if len(found) != 2 || found[0].Level != Problem || found[0].Text != "the check itself failed" {
		t.Errorf("a panic became %+v", found)
	}
	if found[1].Check != "fine" || found[1].Level != OK {
		t.Errorf("the check after it: %+v", found[1])
	}
	if Healthy(found) || !Healthy(found[1:]) {
		t.Error("Healthy does not look at problems")
	}
}
