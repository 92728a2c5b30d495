package storetest_test

import (
	"testing"

	"github.com/jangle-otp/jangle/internal/vault/store"
	"github.com/jangle-otp/jangle/internal/vault/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Place {
		m := storetest.NewMemory()
		return storetest.Place{Open: func(testing.TB) store.Store { return m }}
	})
}
