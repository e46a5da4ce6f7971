//! The selling company's people: three teams, their managers and reps, an admin. Names and temper are fixed, so that the
//! demo reads the same with every seed.

/// A person who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoUser {
    pub name: String,
    pub email: String,
}

/// A sales team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoTeam {
    pub name: String,
    pub manager: DemoUser,
    pub reps: Vec<DemoUser>,
}

/// A rep and what their results owe to them.
pub(super) struct Rep {
    pub name: &'static str,
    /// Random effect on the logit of winning.
    pub skill: f64,
    /// Added to the probability they report.
    pub optimism: f64,
    /// Factor on how much they do (and log) on a deal.
    pub diligence: f64,
    /// How well they keep dates and probabilities up to date, 0 to 1.
    pub tidiness: f64,
    /// How much of the team's work lands on them.
    pub share: f64,
    /// Month of the simulation in which they joined.
    pub joined: f64,
    /// Writes notes in full sentences, or in telegram style.
    pub terse: bool,
}

pub(super) struct Team {
    pub name: &'static str,
    pub manager: &'static str,
    pub reps: &'static [Rep],
    /// Hours ahead of UTC.
    pub utc_offset: i64,
    /// Regions it sells to.
    pub regions: &'static [&'static str],
    /// Sells to the largest accounts of all its regions.
    pub strategic: bool,
}

/// Columns: name, skill, optimism, diligence, tidiness, share, month joined, terse.
#[allow(clippy::too_many_arguments)]
const fn rep(name: &'static str, skill: f64, optimism: f64, diligence: f64, tidiness: f64, share: f64, joined: f64, terse: bool) -> Rep {
    Rep { name, skill, optimism, diligence, tidiness, share, joined, terse }
}

pub(super) const TEAMS: [Team; 3] = [
    Team {
        name: "Americas",
        manager: "Daniel Reyes",
        reps: &[
            rep("Maya Okafor", 0.30, 0.02, 1.10, 0.85, 1.35, 0.0, false),
            rep("Tyler Brandt", -0.45, 0.14, 0.80, 0.45, 1.00, 0.0, true),
            rep("Camila Duarte", 0.10, 0.05, 1.00, 0.70, 1.00, 0.0, false),
            rep("Owen Fitzgerald", -0.15, -0.03, 1.20, 0.80, 0.90, 6.0, true),
        ],
        utc_offset: -5,
        regions: &["US East", "US Central", "US West", "Canada"],
        strategic: false,
    },
    Team {
        name: "Europe",
        manager: "Ingrid Solheim",
        reps: &[
            rep("Jonas Weidner", 0.20, -0.04, 1.05, 0.90, 1.00, 0.0, true),
            rep("Amélie Garnier", 0.45, 0.00, 1.15, 0.75, 1.10, 0.0, false),
            rep("Rhys Penhallow", -0.30, 0.10, 0.90, 0.55, 1.00, 0.0, false),
            rep("Sofia Lindgren", -0.05, 0.04, 0.95, 0.70, 0.95, 4.0, false),
        ],
        utc_offset: 1,
        regions: &["UK & Ireland", "DACH", "Nordics", "Benelux & France"],
        strategic: false,
    },
    Team {
        name: "Strategic accounts",
        manager: "Kenji Watanabe",
        reps: &[
            rep("Nadia Rahman", 0.50, 0.03, 1.20, 0.80, 1.10, 0.0, false),
            rep("Marcus Leclair", -0.10, 0.12, 0.85, 0.60, 1.00, 0.0, true),
            rep("Grace Adeyemi", 0.15, -0.02, 1.05, 0.75, 0.90, 8.0, false),
        ],
        utc_offset: 0,
        regions: &["US East", "US Central", "US West", "UK & Ireland", "DACH", "Nordics", "Benelux & France"],
        strategic: true,
    },
];

const ADMIN: &str = "Helen Marsh";

/// Where the three sign-ins of the demo lead: the address of one rep, of that rep's manager and of the admin.
const LOGINS: [(&str, &str); 3] = [("Maya Okafor", "rep"), ("Daniel Reyes", "manager"), (ADMIN, "admin")];

const DOMAIN: &str = "demo.vectoros.example";

fn user(name: &str) -> DemoUser {
    let local = LOGINS.iter().find(|(who, _)| *who == name).map_or_else(|| local_part(name), |(_, login)| (*login).to_owned());
    DemoUser { name: name.to_owned(), email: format!("{local}@{DOMAIN}") }
}

/// `Amélie Garnier` becomes `amelie.garnier`.
fn local_part(name: &str) -> String {
    name.to_lowercase().replace('é', "e").replace(' ', ".")
}

pub(super) fn teams() -> Vec<DemoTeam> {
    let team = |team: &Team| DemoTeam {
        name: team.name.to_owned(),
        manager: user(team.manager),
        reps: team.reps.iter().map(|rep| user(rep.name)).collect(),
    };
    TEAMS.iter().map(team).collect()
}

pub(super) fn admin() -> DemoUser {
    user(ADMIN)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_log_ins_are_a_rep_their_manager_and_an_admin() {
        let teams = teams();
        let team = teams.iter().find(|team| team.manager.email == "manager@demo.vectoros.example").expect("a team");
        assert!(team.reps.iter().any(|rep| rep.email == "rep@demo.vectoros.example"));
        assert_eq!(admin().email, "admin@demo.vectoros.example");
    }

    #[test]
    fn every_address_is_one_persons() {
        let mut seen = HashSet::new();
        let people = teams().into_iter().flat_map(|team| team.reps.into_iter().chain([team.manager]));
        for person in people.chain([admin()]) {
            assert!(person.email.is_ascii(), "{}", person.email);
            assert!(seen.insert(person.email));
        }
    }
}
