package format

// phoneApps are the authenticators on phones whose files carry a mark.
func phoneApps() []App {
	return []App{
		aegis(),
		twoFAS(),
		bitwarden(),
		bitwardenCSV(),
		ente(),
		protonAuthenticator(),
		protonPass(),
		stratum(),
		andOTP(),
		openPGP(),
	}
}

// textApps are the forms that any text may contain.
func textApps() []App {
	return []App{
		mail(),
		htmlPage(),
		googleAuthenticator(),
		uriList(),
	}
}
