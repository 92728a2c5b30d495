package otpauth

// MaxMigrationText bounds the text of one migration link.
const MaxMigrationText = 128 << 10
