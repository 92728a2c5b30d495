package format

// phoneApps are the authenticators on phones whose files carry a mark.
func phoneApps() []App {
	return []App{
		aegis(),
		twoFAS(),
		stratum(),
		andOTP(),
	}
}

// textApps are the forms that any text may contain.
func textApps() []App {
	return []App{}
}
