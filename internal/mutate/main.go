// Command mutate measures how strong the tests of a package are: it changes one
// thing in the code, runs the tests, and expects them to fail.
//
//	go run ./internal/mutate -n 100 ./internal/vault
//	go run ./internal/mutate -with ./internal/cli ./internal/vault/file
//	go run ./internal/mutate -slow 'Killed|Failed' -again FILE ./internal/vault/file
//
// A changed program is called a mutant; one that the tests fail for is killed, one
// that they pass for has survived and shows a promise without a test. Five kinds of
// change are made: a condition is negated, a comparison takes or loses its bound,
// "and" becomes "or", a statement is removed, a returned error becomes nil. Mutants
// that do not compile are not counted. The files are never touched: go test reads
// the changed one through -overlay.
//
// The kept programs that do the same rewrite the tree in place (go-mutesting) or
// build the whole module for every mutant (gremlins), which makes a sample of a slow
// package last for hours.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

func main() {
	sample := flag.Int("n", 0, "how many mutants of a package are tried; 0 tries all")
	seed := flag.Uint64("seed", 1, "which sample")
	jobs := flag.Int("jobs", 2, "how many mutants are tried at once")
	with := flag.String("with", "", "a further package whose tests may kill a mutant")
	run := flag.String("run", "", "only the tests that this expression fits, as for go test")
	slow := flag.String("slow", "^$", "the tests that are tried last, and only on what the others let live")
	again := flag.String("again", "", "only the mutants that this file, an earlier output, says to survive")
	flag.Parse()
	var lived string
	if *again != "" {
		text, err := os.ReadFile(*again)
		if err != nil {
			fmt.Fprintln(os.Stderr, "mutate:", err)
			os.Exit(1)
		}
		lived = string(text)
	}
	for _, dir := range flag.Args() {
		if err := measure(dir, *sample, *seed, *jobs, tests{*run, *slow, *with}, lived); err != nil {
			fmt.Fprintln(os.Stderr, "mutate:", err)
			os.Exit(1)
		}
	}
}

// mutant is one change of one file: the bytes from to end are replaced.
type mutant struct {
	path      string
	line      int
	from, end int
	with      string
	about     string
}

// tests says which tests may kill a mutant.
type tests struct{ run, slow, with string }

// measure tries mutants of the package in dir, of which lived names some unless it
// is empty, and prints those that survive.
func measure(dir string, sample int, seed uint64, jobs int, by tests, lived string) error {
	all, err := mutants(dir)
	if err != nil {
		return err
	}
	if lived != "" { // lines move: the file and what was changed tell which it is
		all = slices.DeleteFunc(all, func(m mutant) bool {
			return !regexp.MustCompile(`(?m)` + regexp.QuoteMeta(filepath.Base(m.path)) + `:\d+: survives: ` + regexp.QuoteMeta(m.about) + `$`).MatchString(lived)
		})
	}
	if sample > 0 && sample < len(all) {
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	} else {
		sample = len(all)
	}
	var (
		wait    sync.WaitGroup
		mu      sync.Mutex
		count   [lives + 1]int
		failure error
		next    = make(chan mutant)
	)
	for range jobs {
		wait.Go(func() {
			for m := range next {
				result, err := try(m, dir, by)
				mu.Lock()
				count[result]++
				if err != nil {
					failure = err
				} else if result == lives {
					fmt.Printf("%s:%d: survives: %s\n", m.path, m.line, m.about)
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range all {
		mu.Lock()
		enough := count[dead]+count[lives] >= sample || failure != nil
		mu.Unlock()
		if enough {
			break
		}
		next <- m
	}
	close(next)
	wait.Wait()
	if tried := count[dead] + count[lives]; failure == nil && tried > 0 {
		fmt.Printf("%s: %d of %d mutants killed, %.1f %%; %d did not compile\n", dir, count[dead], tried, 100*float64(count[dead])/float64(tried), count[invalid])
	}
	return failure
}

type result int

const (
	invalid result = iota // it does not compile
	dead
	lives
)

// try runs tests with one mutant in the place of its file.
func try(m mutant, dir string, by tests) (result, error) {
	tmp, err := os.MkdirTemp("", "jangle-mutant-")
	if err != nil {
		return invalid, err
	}
	defer os.RemoveAll(tmp)
	text, err := os.ReadFile(m.path)
	if err != nil {
		return invalid, err
	}
	changed := filepath.Join(tmp, "mutant.go")
	if err := os.WriteFile(changed, slices.Concat(text[:m.from], []byte(m.with), text[m.end:]), 0o600); err != nil {
		return invalid, err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {m.path: changed}})
	if err != nil {
		return invalid, err
	}
	list := filepath.Join(tmp, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return invalid, err
	}
	built := filepath.Join(tmp, "package.test")
	if exec.Command("go", "test", "-c", "-ldflags=-s -w", "-overlay", list, "-o", built, dir).Run() != nil {
		return invalid, nil
	}
	for _, which := range [][]string{{"-test.run", by.run, "-test.skip", by.slow}, {"-test.run", by.slow}} {
		test := exec.Command(built, append(which, "-test.failfast", "-test.timeout=4m")...)
		if test.Dir = filepath.Dir(m.path); test.Run() != nil {
			return dead, nil
		}
	}
	if by.with != "" && exec.Command("go", "test", "-overlay", list, "-count=1", "-failfast", "-timeout=4m", by.with).Run() != nil {
		return dead, nil
	}
	return lives, nil
}

// mutants lists what can be changed in the files of a package that are no tests.
func mutants(dir string) ([]mutant, error) {
	out, err := exec.Command("go", "list", "-f", `{{range .GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}`, dir).Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", dir, err)
	}
	var all []mutant
	for _, path := range strings.Fields(string(out)) {
		found, err := mutantsOf(path)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// opposite is what takes the place of an operator.
func opposite(op token.Token) (string, bool) {
	switch op {
	case token.LSS:
		return "<=", true
	case token.LEQ:
		return "<", true
	case token.GTR:
		return ">=", true
	case token.GEQ:
		return ">", true
	case token.LAND:
		return "||", true
	case token.LOR:
		return "&&", true
	}
	return "", false
}

func mutantsOf(path string) ([]mutant, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all []mutant
	replace := func(from, end token.Pos, with, about string) {
		a, b := files.Position(from), files.Position(end)
		all = append(all, mutant{path, a.Line, a.Offset, b.Offset, with, about})
	}
	source := func(n ast.Node) string {
		return string(bytes.Join(bytes.Fields(text[files.Position(n.Pos()).Offset:files.Position(n.End()).Offset]), []byte(" ")))
	}
	var errorLast bool // of the function around: its last result is an error
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			errorLast = false
			if r := n.Type.Results; r != nil {
				last, ok := r.List[len(r.List)-1].Type.(*ast.Ident)
				errorLast = ok && last.Name == "error"
			}
		case *ast.IfStmt:
			replace(n.Cond.Pos(), n.Cond.End(), "!("+source(n.Cond)+")", "if !("+source(n.Cond)+")")
		case *ast.BinaryExpr:
			if op, ok := opposite(n.Op); ok {
				replace(n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), op, source(n)+", with "+op)
			}
		case *ast.ExprStmt, *ast.IncDecStmt:
			replace(n.Pos(), n.End(), "", "without "+source(n))
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				replace(n.Pos(), n.End(), "", "without "+source(n))
			}
		case *ast.ReturnStmt:
			if errorLast && len(n.Results) > 0 {
				if last := n.Results[len(n.Results)-1]; source(last) != "nil" && !(len(n.Results) == 1 && isCall(last) && !strings.Contains(source(last), "rror")) {
					replace(last.Pos(), last.End(), "nil", source(n)+", with nil")
				}
			}
		}
		return true
	})
	return all, nil
}

// isCall reports whether a returned value is a call, whose work would go with it.
func isCall(e ast.Expr) bool { _, ok := e.(*ast.CallExpr); return ok }
