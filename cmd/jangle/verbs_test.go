package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestVerbsStandAlone: in package cli the file of a verb uses the shared files and
// never the file of another verb (docs/architecture.md), so that who reads a verb opens
// one file of verbs. What two of them need is moved to a shared file.
func TestVerbsStandAlone(t *testing.T) {
	shared := []string{"app", "root", "flags", "help", "complete", "secret_args", "exit", "print", "open", "open_file", "remember",
		"find", "from", "codes", "merge", "files", "backup_locks", "backup_identity"}
	family := func(file string) string { // the verbs below one have files of their own
		return strings.SplitN(file, "_", 2)[0]
	}
	files := token.NewFileSet()
	paths, err := filepath.Glob("../../internal/cli/*.go")
	if err != nil {
		t.Fatal(err)
	}
	owner, parsed := map[string]string{}, map[string]*ast.File{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".go")
		parsed[name] = f
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil || receiver(d) == "App" || receiver(d) == "source" {
					owner[d.Name.Name] = name
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						owner[s.Name.Name] = name
					case *ast.ValueSpec:
						for _, n := range s.Names {
							owner[n.Name] = name
						}
					}
				}
			}
		}
	}
	for name, f := range parsed {
		if slices.Contains(shared, name) {
			continue
		}
		used := f.Unresolved // names that this file does not declare
		ast.Inspect(f, func(n ast.Node) bool {
			if n, ok := n.(*ast.SelectorExpr); ok { // app.load, o.app.load, s.find
				x, _ := n.X.(*ast.Ident)
				if sel, ok := n.X.(*ast.SelectorExpr); ok {
					x = sel.Sel
				}
				if x != nil && (x.Name == "app" || x.Name == "s") {
					used = append(used, n.Sel)
				}
			}
			return true
		})
		for _, id := range used {
			o, known := owner[id.Name]
			if known && !ast.IsExported(id.Name) && !slices.Contains(shared, o) && family(o) != family(name) {
				t.Errorf("%s uses %s of %s.go", files.Position(id.Pos()), id.Name, o)
			}
		}
	}
}

// receiver is the name of a method's type.
func receiver(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
