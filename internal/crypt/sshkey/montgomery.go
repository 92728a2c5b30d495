package sshkey

import (
	"math/big"
	"slices"
)

// montgomery moves a public Ed25519 key to the curve of X25519: u = (1+y)/(1-y)
// modulo p = 2²⁵⁵-19 (RFC 7748 §4.1). A key holds y, lowest byte first, and in
// its highest bit the sign of x, of which u does not depend (RFC 8032 §5.1.2).
//
// math/big takes time that depends on the numbers, which tells nobody anything
// here: the key is public.
func montgomery(key []byte) ([]byte, error) {
	p := fieldPrime()
	y := littleEndian(key)
	y.SetBit(y, 255, 0)
	if !onCurve(y, p) {
		return nil, ErrDamaged
	}
	one := big.NewInt(1)
	u := new(big.Int).Sub(one, y)
	if u.ModInverse(u.Mod(u, p), p) == nil {
		u = new(big.Int) // y = 1, the neutral point: 1/0 counts as 0, and X25519 will refuse it
	}
	u.Mod(u.Mul(u, y.Add(y, one)), p)
	out := u.FillBytes(make([]byte, 32))
	slices.Reverse(out)
	return out, nil
}

func fieldPrime() *big.Int {
	p := new(big.Int).Lsh(big.NewInt(1), 255)
	return p.Sub(p, big.NewInt(19))
}

func littleEndian(b []byte) *big.Int {
	b = slices.Clone(b)
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}

// onCurve: there is an x with -x² + y² = 1 + dx²y² for d = -121665/121666 (RFC
// 8032 §5.1), that is, (y²-1)/(dy²+1) is a square. The quotient is a square
// where (y²-1)·(121666-121665y²)·121666 is, from which it differs by a square.
func onCurve(y, p *big.Int) bool {
	square := new(big.Int).Mul(y, y)
	v := new(big.Int).Mul(square, big.NewInt(-121665))
	v.Add(v, big.NewInt(121666))
	v.Mul(v, big.NewInt(121666))
	v.Mul(v, square.Sub(square, big.NewInt(1)))
	return big.Jacobi(v.Mod(v, p), p) >= 0
}
