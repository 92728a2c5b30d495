package format

// managerApps are password managers, and the other authenticators.
func managerApps() []App {
	return []App{
		keePass(), keePassXML(),
		raivo(), winAuth(), authenticatorPlus(),
		freeOTP(), freeOTPPlus(), freeOTP2(),
		authy(), battleNet(), totpAuthenticator(),
		lastPassAuthenticator(), duo(), twoFAuth(), steamGuard(),
	}
}
