//! Word lists for companies and people, and the rules that join them. All companies are made up.

use std::collections::HashSet;

use super::{catalog::Industry, dice::Dice};

/// Place-like words are joined from a head and a tail.
const PLACE_HEADS: [&str; 36] = [
    "Alder", "Amber", "Birch", "Bracken", "Brindle", "Calder", "Corran", "Dunmar", "Elder", "Ember", "Fenn", "Garrow", "Hazel", "Heron",
    "Inver", "Kestrel", "Larch", "Linden", "Marl", "Mossen", "Nether", "Orrin", "Penna", "Quill", "Raven", "Rowan", "Sable", "Silver",
    "Tarn", "Thorn", "Umber", "Vale", "Wend", "Willow", "Wren", "Yarrow",
];
const PLACE_TAILS: [&str; 12] = ["brook", "combe", "crest", "dale", "fold", "gate", "haven", "holt", "mere", "moor", "ridge", "stead"];

const SURNAMES: [&str; 84] = [
    "Abbott",
    "Adler",
    "Almeida",
    "Andersen",
    "Bachmann",
    "Barlow",
    "Bennett",
    "Bergström",
    "Bianchi",
    "Boyle",
    "Brennan",
    "Calloway",
    "Carver",
    "Castellan",
    "Chaudhry",
    "Cho",
    "Coleman",
    "Costa",
    "Dahl",
    "Delacroix",
    "Dietrich",
    "Donnelly",
    "Drummond",
    "Eklund",
    "Ellison",
    "Falk",
    "Farrow",
    "Fischer",
    "Fontaine",
    "Gallagher",
    "Greer",
    "Gupta",
    "Hale",
    "Hartmann",
    "Hayashi",
    "Hendricks",
    "Holm",
    "Hughes",
    "Ibarra",
    "Iyer",
    "Jansen",
    "Kaplan",
    "Keller",
    "Khan",
    "Kovacs",
    "Lam",
    "Larsen",
    "Lindqvist",
    "Lowell",
    "Maddox",
    "Mahoney",
    "Marchetti",
    "Mbeki",
    "McAllister",
    "Mendez",
    "Moreau",
    "Mukherjee",
    "Navarro",
    "Nguyen",
    "Novak",
    "Nyström",
    "Obi",
    "O'Connor",
    "Osei",
    "Pacheco",
    "Patel",
    "Pereira",
    "Petrov",
    "Quinn",
    "Ramos",
    "Reid",
    "Rossi",
    "Santoro",
    "Schuster",
    "Sørensen",
    "Tanaka",
    "Thorne",
    "Vance",
    "Verhoeven",
    "Vogel",
    "Walsh",
    "Whitaker",
    "Yilmaz",
    "Zimmer",
];

const FIRST_NAMES: [&str; 72] = [
    "Aaron",
    "Abigail",
    "Aisha",
    "Alejandro",
    "Alice",
    "Amara",
    "Anders",
    "Andrea",
    "Anita",
    "Arjun",
    "Ben",
    "Bianca",
    "Brian",
    "Carla",
    "Carmen",
    "Cheryl",
    "Christoph",
    "Claire",
    "Colin",
    "Dana",
    "David",
    "Deborah",
    "Diego",
    "Elena",
    "Emil",
    "Emma",
    "Erik",
    "Fatima",
    "Felix",
    "Fiona",
    "Frank",
    "Gabriel",
    "Gina",
    "Hannah",
    "Hassan",
    "Heather",
    "Ian",
    "Ines",
    "Isabel",
    "Jamal",
    "Janet",
    "Jorge",
    "Julia",
    "Karen",
    "Karl",
    "Katrin",
    "Laura",
    "Leo",
    "Lena",
    "Louise",
    "Manuel",
    "Maria",
    "Martin",
    "Mei",
    "Michael",
    "Monica",
    "Naomi",
    "Neil",
    "Nina",
    "Oliver",
    "Patricia",
    "Paul",
    "Rachel",
    "Ravi",
    "Robert",
    "Ruth",
    "Samuel",
    "Sandra",
    "Stefan",
    "Tom",
    "Victor",
    "Yasmin",
];

const LEGAL_FORMS: [&str; 3] = ["Group", "Holdings", "Partners"];

/// Job titles of those who use the software, and of those who decide or pay.
const USER_TITLES: [&str; 12] = [
    "Operations Manager",
    "Transport Manager",
    "Warehouse Manager",
    "Planning Lead",
    "Dispatch Supervisor",
    "Supply Chain Analyst",
    "Site Manager",
    "Continuous Improvement Lead",
    "Logistics Coordinator",
    "Business Systems Analyst",
    "Inventory Manager",
    "Customer Service Lead",
];
const DECIDER_TITLES: [&str; 10] = [
    "COO",
    "CFO",
    "VP Supply Chain",
    "Head of Logistics",
    "Director of Operations",
    "IT Director",
    "Head of Procurement",
    "Finance Director",
    "VP Operations",
    "Head of Digital",
];

/// A customer's person.
#[derive(Debug, Clone)]
pub(super) struct Contact {
    pub first_name: &'static str,
    pub surname: &'static str,
    pub title: &'static str,
}

impl Contact {
    /// As the CRM shows it: `Elena Novak, Head of Logistics`.
    pub fn shown(&self) -> String {
        format!("{} {}, {}", self.first_name, self.surname, self.title)
    }
}

/// A company name that is not in `taken`, fit for its industry.
pub(super) fn company(industry: &Industry, taken: &mut HashSet<String>, dice: &mut Dice) -> String {
    loop {
        let trade = dice.pick(industry.trades);
        let name = match dice.weighted(&[0.62, 0.16, 0.12, 0.10]) {
            0 => format!("{} {trade}", place(dice)),
            1 => format!("{} {trade}", dice.pick(&SURNAMES)),
            2 => format!("{} & {} {trade}", dice.pick(&SURNAMES), dice.pick(&SURNAMES)),
            _ => format!("{} {}", place(dice), dice.pick(&LEGAL_FORMS)),
        };
        let doubled = name.split_once(" & ").is_some_and(|(first, rest)| rest.starts_with(first));
        if !doubled && taken.insert(name.clone()) {
            return name;
        }
    }
}

fn place(dice: &mut Dice) -> String {
    format!("{}{}", dice.pick(&PLACE_HEADS), dice.pick(&PLACE_TAILS))
}

/// An account's people: the first is who the rep talks to most, the second decides.
pub(super) fn contacts(count: usize, dice: &mut Dice) -> Vec<Contact> {
    let mut surnames = SURNAMES;
    dice.shuffle(&mut surnames);
    let contact = |(place, surname): (usize, &'static str)| Contact {
        first_name: dice.pick(&FIRST_NAMES),
        surname,
        title: if place % 2 == 0 { dice.pick(&USER_TITLES) } else { dice.pick(&DECIDER_TITLES) },
    };
    surnames.into_iter().take(count.max(2)).enumerate().map(contact).collect()
}
