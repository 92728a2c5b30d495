package format

// managerApps are password managers, and the other authenticators.
func managerApps() []App {
	return []App{
		keePass(), keePassXML(), keePassXCCSV(), onePassword(),
		googleDatabase(), microsoftDatabase(), stratumDatabase(),
		raivo(), winAuth(), authenticatorPlus(),
		otpAuthIOS(), browserExtension(),
		freeOTP(), freeOTPPlus(), freeOTP2(),
		authy(), battleNet(), totpAuthenticator(),
		passStore(), cotp(), otpClient(), totpCLI(), rsc2fa(), gauth(),
		lastPassAuthenticator(), duo(), twoFAuth(), steamGuard(),
		genericCSV(), // after all that know their own tables
	}
}
