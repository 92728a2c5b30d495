package vault

import "slices"

// NewDocument returns a document without accounts: what a person has before the
// first import.
func NewDocument() *Document { return newDocument() }

// StoreWarnings is what the store found wrong while loading. Unlike Warnings it
// decodes no record.
func (d *Document) StoreWarnings() []string { return slices.Clone(d.warnings) }
