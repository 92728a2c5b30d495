// Package term is the only way to and from the terminal: it makes text safe to
// look at, measures it, reads typed lines, and puts the terminal into the state
// that a full-screen view needs and back again.
//
// Three rules:
//
//   - Text from outside (an issuer in a QR code, a file name, an error that
//     quotes either) goes through Safe before it is written. Names in QR codes
//     are chosen by the maker of the code, and a terminal obeys what it reads.
//   - Questions are asked on the controlling terminal, not on standard input,
//     so that a secret can be typed while standard input is a pipe, and the
//     answer to "are you sure?" cannot come out of that pipe by accident.
//   - Whoever changes the terminal's modes gives them back: after Enter, after
//     Ctrl-C, when a signal ends the program, when it is suspended.
//     golang.org/x/term.ReadPassword alone leaves echo off after SIGINT,
//     SIGTERM and SIGHUP (measured), which is why prompts here read in a
//     Session that owns the signals as well. Between the questions of one
//     command the terminal stays without echo (Quiet), and what was typed then
//     does not go to the shell. What to ask, and how often, is package ask's.
//
// Nothing is asked of the terminal: no colour, cursor or version query. An
// answer that comes late ends up in the shell as typed text, and a terminal
// that does not answer stalls the program for seconds.
package term
