package sim

import "strings"

// name is a name as people write it and as addresses spell it.
type name struct{ display, ascii string }

// names reads a list of words; "José/jose" gives an address spelling of its own.
func names(list string) []name {
	var out []name
	for word := range strings.FieldsSeq(list) {
		display, ascii, ok := strings.Cut(word, "/")
		if !ok {
			ascii = strings.ToLower(display)
		}
		out = append(out, name{display, ascii})
	}
	return out
}

var firstNames = names(`Ana Ben Carla Daniel Elif Farid Grace Hana Ivan Julia Kenji Lena Marco Nadia Omar Paula
	Quentin Rosa Samuel Tara Umut Vera Wanda Xenia Yara Zane Amir Bea Chen Dora Emil Fatima Georg Hugo Ines Jonas
	Kira Liam Mila Noah Olga Petra Rahul Sofia Tomas Uma Viktor Wei Yusuf Zuri José/jose Zoë/zoe Łukasz/lukasz
	André/andre Chloé/chloe Jürgen/juergen Søren/soren Åsa/asa Þóra/thora 李伟/liwei Мария/maria Σοφία/sofia2`)

var lastNames = names(`Silva Meyer Okafor Tanaka Rossi Novak Haddad Kim Patel Garcia Lindqvist Moreau Nowak Costa
	Schmidt Ivanova Yilmaz Nguyen Mensah Fischer Ferrari Dubois Kowalski Jensen Andersson Virtanen Tamm Horvat
	Popescu Dimitrov Kaya Santos Pereira Lopez Martin Weber Wagner Bakker Janssen Murphy Kelly Walsh Singh Sharma
	Gupta Khan Ali Hassan Ibrahim Mwangi Otieno Abebe Diallo Traore Sato Suzuki Yamamoto Park Choi Wong Lee Chan
	Müller/mueller Núñez/nunez Sørensen/sorensen Gonçalves/goncalves O'Brien/obrien Łęcka/lecka Öztürk/oeztuerk
	Dvořák/dvorak Ståhl/stahl Đorđević/dordevic Smith-Jones/smith-jones`)
