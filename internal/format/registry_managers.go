package format

// managerApps are password managers, and the other authenticators.
func managerApps() []App {
	return []App{}
}
