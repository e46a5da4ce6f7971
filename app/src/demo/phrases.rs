//! Templates for titles, descriptions and notes. Slots in braces are filled by [`super::text::fill`].

pub(super) const SCOPES: [&str; 8] = [
    "main site",
    "phase 1",
    "two depots",
    "head office and branches",
    "northern region",
    "all sites",
    "new distribution centre",
    "phase 2",
];

pub(super) const OPENINGS: [&str; 7] = [
    "{account} wants to {use} for {seats} {users}.",
    "The team in {region} wants to {use}.",
    "{user} ({user title}) came to us because they want to {use}.",
    "They would like to {use}, starting with {seats} seats.",
    "Goal of the project: {use}.",
    "About {seats} {users} at {account} are to get {product} so that they can {use}.",
    "{account} runs a selection for a tool with which to {use}.",
];
pub(super) const EXPANSION_OPENINGS: [&str; 4] = [
    "{account} uses {product} already and asks for {seats} more seats to {use}.",
    "Follow-up to the first roll-out: another site wants to {use}.",
    "{decider} asked for an offer for {seats} further {users}; the aim is to {use}.",
    "A second department heard of {product} and wants to {use}.",
];
pub(super) const PILOT_OPENINGS: [&str; 4] = [
    "Paid pilot at one site with {seats} {users} to {use}.",
    "{account} wants to start small: {seats} seats for three months, to {use}.",
    "Pilot before a wider decision. They want to {use}.",
    "{user} has budget for a trial with {seats} seats. The idea is to {use}.",
];
pub(super) const SYSTEMS: [&str; 8] = [
    "Needs an interface to their ERP.",
    "Single sign-on is a must.",
    "Data has to stay in the region.",
    "They run an old warehouse system that exports files once an hour.",
    "Tablets are in place already.",
    "The interface to their order system would be the largest piece of work.",
    "Two languages needed on the shop floor.",
    "IT wants a standard connector and no custom code.",
];

pub(super) const CHAMPION: [&str; 9] = [
    "{user} pushes this inside and keeps us posted.",
    "{first} has seen {product} at work elsewhere and wants it here.",
    "Good rapport with {user}, who introduced us to {decider} ({decider title}) without being asked.",
    "{first} is our champion: shares the internal slides and tells us who worries about what.",
    "{user} has put the project on their own targets for the year.",
    "{first} has built the business case with us, line by line.",
    "Strong backing from {user}; answers within the hour.",
    "{first} organised the workshop and got all three shift leads into the room.",
    "{decider} asked {first} to drive this, and {first} does.",
];
pub(super) const NO_CHAMPION: [&str; 8] = [
    "No clear sponsor yet; {first} only collects information.",
    "Our contact has little say. Need a way to {decider}.",
    "{first} is friendly but will not take this to the {decider title}.",
    "Nobody there owns the topic so far.",
    "We talk to the project office, not to the people with the problem.",
    "{user} was asked to look into it and does not seem keen.",
    "Still single-threaded with {first}, who is new in the job.",
    "Several people join each call, none of them drives it.",
];
pub(super) const COMPETITOR: [&str; 8] = [
    "{competitor} is in as well and showed last week.",
    "They compare us with {competitor}, mostly on price.",
    "{competitor} has been in talks for longer than we have.",
    "Shortlist: {competitor} and us.",
    "Heard that {competitor} offers the first year at half price.",
    "{decider} knows the people at {competitor} from an earlier project.",
    "IT leans towards {competitor}, operations towards us.",
    "Their consultant brought {competitor} to the table.",
];
pub(super) const NO_COMPETITOR: [&str; 6] = [
    "No other vendor in sight.",
    "As far as we know they talk only to us.",
    "The alternative is to leave things as they are.",
    "Nobody else was asked for an offer so far.",
    "They looked at two other tools last year and dropped both.",
    "Single source if we can agree on scope.",
];
pub(super) const FAST: [&str; 6] = [
    "They want to be live before the peak season.",
    "Old contract runs out soon, so there is a real date.",
    "The board expects a recommendation within weeks.",
    "Short ways there: questions get answered the same day.",
    "Go-live date is fixed by the opening of the new site.",
    "{decider} wants to see something running this quarter.",
];
pub(super) const SLOW: [&str; 6] = [
    "No date set, and other projects come first.",
    "Reorganisation under way; expect this to take time.",
    "Every step goes through a committee that meets once a month.",
    "They speak of next fiscal year, hard to pin down.",
    "Purchasing alone will take six weeks.",
    "Key people are tied up in an ERP project until further notice.",
];
pub(super) const GOOD_FIT: [&str; 7] = [
    "What they describe is exactly our standard scope.",
    "Very similar to other customers of ours in the industry.",
    "Ran through their list of 32 requirements: two small gaps.",
    "Sample data loaded without trouble; the numbers made sense to them.",
    "Their process needs no changes on our side.",
    "They can name the saving per year themselves.",
    "Use case is clear, measurable and urgent enough.",
];
pub(super) const POOR_FIT: [&str; 7] = [
    "They ask for things that we do not do, e.g. payroll export.",
    "Half of the wish list is custom work.",
    "Benefit is hard to put into numbers for them.",
    "Unclear which problem they want to solve.",
    "Their data is in bad shape; would have to be cleaned first.",
    "The process differs from site to site, standard will not do.",
    "Smaller than it looked: only part of the {users} would really use it.",
];
pub(super) const DECISION: [&str; 8] = [
    "{decider} ({decider title}) decides, purchasing joins at the end.",
    "Decision by {decider} together with IT security.",
    "Above 50k the board has to approve.",
    "Works council needs to be heard.",
    "Formal tender with three offers required.",
    "{user} can decide up to pilot size, beyond that it is {decider}.",
    "Evaluation committee of five: operations, IT, finance, two sites.",
    "Parent company has to confirm the vendor.",
];
pub(super) const BUDGET: [&str; 7] = [
    "Budget is set aside for this year.",
    "Budget not confirmed yet.",
    "Would be paid from the efficiency programme.",
    "Budget sits with the sites, so each has to agree.",
    "They expected about 20 % less than our list price.",
    "Finance wants a payback under 18 months.",
    "They prefer monthly billing.",
];
pub(super) const NEXT_STEPS: [&str; 7] = [
    "Next: workshop with the {users}.",
    "Next step is a reference call.",
    "To do: get {decider} into the next meeting.",
    "They will send sample data.",
    "Need the seat count by site.",
    "Follow up after their steering meeting.",
    "Security questionnaire to be filled in.",
];
