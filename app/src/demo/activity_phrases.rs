//! Subjects and bodies of activities. Slots in braces are filled by [`super::text::fill`].

pub(super) const FIRST_CALLS: [&str; 5] = [
    "Qualification call",
    "Scoping call with {first}",
    "Call: what they are looking for",
    "Needs and timing",
    "Call with {first}: fit and budget",
];
pub(super) const DISCOVERY_MEETINGS: [&str; 5] = [
    "Discovery session",
    "Process walk-through",
    "On-site visit",
    "Workshop: how they work today",
    "Requirements session with the {users}",
];
pub(super) const DEMOS: [&str; 5] =
    ["{product} demo", "Demo with their own data", "Demo for the {users}", "Demo for {decider} and team", "Second look at {product}"];
pub(super) const OFFERS: [&str; 5] = [
    "Offer for {product}, {seats} seats",
    "Proposal sent",
    "Our proposal for {account}",
    "Quote and project plan",
    "Offer with two options",
];
pub(super) const TERMS: [&str; 5] = [
    "Terms and contract",
    "Walk through the contract",
    "Commercial terms with purchasing",
    "Negotiation with {decider}",
    "Contract questions",
];

pub(super) const EARLY_CALLS: [&str; 7] = [
    "Call with {first}",
    "Talked about current process",
    "Quick call: who else to involve",
    "Call about timeline",
    "Talked to {user} about volumes",
    "Questions on integration",
    "Talked about who decides",
];
pub(super) const MIDDLE_CALLS: [&str; 7] = [
    "Call about demo feedback",
    "Talked through the business case",
    "Call with {first} on next steps",
    "Technical questions",
    "Reference call set up",
    "Call: pricing model",
    "Checked scope with {first}",
];
pub(super) const LATE_CALLS: [&str; 6] = [
    "Call with purchasing",
    "Call: payment terms",
    "Talked to {decider}",
    "Legal: open points",
    "Call about start date",
    "Discount request discussed",
];
pub(super) const EARLY_EMAILS: [&str; 8] = [
    "Thanks for the call",
    "Slides and short video",
    "Agenda for our session",
    "Questionnaire on current process",
    "Customer story from your industry",
    "Dates for a workshop",
    "Summary of our talk",
    "Some questions on your sites",
];
pub(super) const MIDDLE_EMAILS: [&str; 8] = [
    "Demo recording",
    "Answers to your questions",
    "Business case draft",
    "Interface description",
    "Reference contact",
    "Project plan, first draft",
    "Seat count by site",
    "Update on pricing options",
];
pub(super) const LATE_EMAILS: [&str; 7] = [
    "Contract draft",
    "Data processing agreement",
    "Revised offer",
    "Answers for legal",
    "Security questionnaire",
    "Proposed start dates",
    "Service levels",
];
pub(super) const MEETINGS: [&str; 7] = [
    "Meeting with the {users}",
    "Video meeting with {first} and IT",
    "Workshop: data and interfaces",
    "Steering meeting",
    "Visit at the main site",
    "Meeting with {decider}",
    "Joint planning session",
];
pub(super) const NOTES: [&str; 5] =
    ["Account research", "Org chart updated", "Internal review", "Stakeholder map", "Read their annual report"];
pub(super) const NOTES_WITH_BODY: [&str; 5] = ["Open points", "Notes from the call", "For the record", "Where we stand", "To keep in mind"];
pub(super) const EARLY_TASKS: [&str; 4] =
    ["Added sites to the account plan", "Asked partner for background", "Checked credit rating", "Assigned presales"];
pub(super) const TASKS: [&str; 5] = [
    "Demo system prepared",
    "Asked presales for support",
    "Sample data loaded",
    "Handed questions to product team",
    "Price approval requested",
];
pub(super) const INBOUND: [&str; 10] = [
    "Re: Summary of our talk",
    "Re: next steps",
    "Question on {product}",
    "Re: Dates",
    "Our site list",
    "Re: Answers to your questions",
    "Sample data",
    "Re: interface",
    "Feedback from the team",
    "Re: {product}",
];

pub(super) const CHASE_EMAILS: [&str; 7] = [
    "Following up",
    "Any news on your side?",
    "Still on your list?",
    "Checking in on {product}",
    "Short question",
    "Should I come back later?",
    "Our last conversation",
];
pub(super) const CHASE_CALLS: [&str; 5] =
    ["No answer, left voicemail", "Tried {first}, not available", "Called the front desk", "No answer", "Tried {decider}'s office"];
pub(super) const CHASE_NOTES: [&str; 4] =
    ["Quiet since the last talk", "No reply to three mails", "Waiting for {first}", "Need another way in"];
pub(super) const CHASE_BODIES: [&str; 6] = [
    "Third attempt. Will try {decider} next.",
    "Out-of-office reply only.",
    "Assistant says {first} is busy until the end of the month.",
    "Sent the customer story again and asked for ten minutes.",
    "Read receipt, no answer.",
    "Connected with {first} online, no reaction so far.",
];
pub(super) const PAUSE: [&str; 6] = [
    "On hold for now",
    "Back in some weeks",
    "Waiting for their internal review",
    "Holiday season there",
    "Busy with stocktaking",
    "They need time",
];
pub(super) const PAUSE_BODIES: [&str; 6] = [
    "{first} asked us to come back after the stocktaking.",
    "Key people are on leave. Agreed to talk when they are back.",
    "Internal review first; nothing we can do until then.",
    "ERP release takes all hands this month.",
    "{decider} travels; decision meeting moved.",
    "They wait for numbers from the sites.",
];

pub(super) const EARLY_BODIES: [&str; 7] = [
    "Went through today's process step by step. Sending a summary.",
    "{first} will find out who owns the budget.",
    "Volumes are roughly what we assumed.",
    "Asked for the list of sites and shifts.",
    "They sent screenshots of the spreadsheets they use now.",
    "Will bring IT to the next call.",
    "Talked about what a good result would look like after six months.",
];
pub(super) const MIDDLE_BODIES: [&str; 7] = [
    "Open: single sign-on and export to the finance system.",
    "They want a price per site as well as per seat.",
    "{first} asked for two references in the same industry.",
    "Business case needs numbers for overtime.",
    "Presales answers the technical list by Friday.",
    "Discussed roll-out in two waves.",
    "They would train key users first.",
];
pub(super) const LATE_BODIES: [&str; 6] = [
    "Purchasing wants a longer payment term.",
    "Legal asks for changes in the liability clause.",
    "They ask for a cap on yearly price increases.",
    "Start date depends on the interface.",
    "Purchasing compares the offer with list prices of others.",
    "Two open points left on data processing.",
];
pub(super) const INBOUND_BODIES: [&str; 7] = [
    "Thanks, this helps. I'll share it with the team.",
    "Could you also cover the second site?",
    "Please find the list attached.",
    "Thursday afternoon works for us.",
    "We discussed it internally and have a few more questions.",
    "Can you send the details in a form I can forward?",
    "I'll come back to you next week.",
];
pub(super) const FIRST_WARM: [&str; 6] = [
    "Open talk. They know what they need and asked the right questions.",
    "{first} had numbers at hand and wants a workshop soon.",
    "Clear need, and they named the people to involve.",
    "Longer than planned. {first} asked for a session with the team.",
    "They read up on us beforehand. Good questions on integration.",
    "Agreed on the next session right away.",
];
pub(super) const FIRST_COOL: [&str; 6] = [
    "Short. They mostly listened.",
    "{first} had little time, no follow-up date agreed.",
    "Hard to get concrete answers on volumes.",
    "They want material first, then see whether to go on.",
    "Curious, but no project behind it as far as I can tell.",
    "{first} collects information for somebody else.",
];
pub(super) const DISCOVERY_WARM: [&str; 6] = [
    "Four people joined, all prepared.",
    "{first} showed us the problem on the floor. Clear need.",
    "They shared numbers without being asked.",
    "Lively. {decider} dropped in for ten minutes.",
    "The shift leads agree on what has to change.",
    "Ended with a list of what the demo should show.",
];
pub(super) const DISCOVERY_COOL: [&str; 6] = [
    "Two of four did not show up.",
    "{first} had to leave early.",
    "They disagree among themselves on what the problem is.",
    "Much talk about other projects.",
    "No numbers yet, {first} will ask around.",
    "Process looks fine to them as it is, apart from details.",
];
pub(super) const DEMO_WARM: [&str; 5] = [
    "The {users} took over the mouse. Many ideas on where to use it.",
    "Went well. They asked when they could start.",
    "{decider} asked about cost and roll-out, not about features.",
    "Their own data on screen convinced the sceptics.",
    "Good mood, list of five small wishes.",
];
pub(super) const DEMO_COOL: [&str; 5] = [
    "Few questions. Camera off for most of them.",
    "They missed a feature that their old tool has.",
    "Connection trouble, and {decider} did not join.",
    "Polite. They want to see others first.",
    "Discussion drifted off to reports we do not have.",
];
pub(super) const OFFER_BODIES: [&str; 5] = [
    "Sent with two options, with and without implementation support.",
    "{first} passes it on to {decider}.",
    "Valid for 60 days.",
    "Includes the pilot credit they asked for.",
    "Will go through it together next week.",
];
pub(super) const TERMS_WARM: [&str; 4] = [
    "Only details left from their point of view.",
    "{decider} wants to start next month.",
    "They accept the term, discount still to be agreed.",
    "Constructive. Legal has few remarks.",
];
pub(super) const TERMS_COOL: [&str; 4] = [
    "Purchasing plays for time.",
    "They ask for 25 % off before they go on.",
    "Open again whether all sites take part.",
    "{decider} wants another round with the others on the list.",
];

pub(super) const CHAMPION_LEAVES: [&str; 4] = [
    "{user} leaves the company at the end of the month. Successor unknown.",
    "{first} moved to another department and hands the topic over.",
    "Our main contact is on long leave. Nobody has picked it up yet.",
    "{first} told me in confidence about a new job.",
];
pub(super) const BUDGET_FREEZE: [&str; 4] = [
    "All new software spending is on hold until the half-year numbers are out.",
    "Finance cut the project budget by a third. {first} tries to keep ours.",
    "CFO wants to look at every contract above 20k again.",
    "Weak quarter on their side; investments are being checked one by one.",
];
pub(super) const NEW_COMPETITOR: [&str; 4] = [
    "Purchasing invited a further vendor to present.",
    "Heard from {first} that another provider was at the site yesterday.",
    "Their parent company recommends a different tool.",
    "They got an unasked offer that is a good deal cheaper.",
];
pub(super) const SPONSOR: [&str; 4] = [
    "{decider} made it one of this year's three priorities.",
    "Met {decider}: understands the benefit, asked for a plan.",
    "{decider} now joins the weekly call.",
    "The {decider title} told the sites to free people for the project.",
];
pub(super) const URGENT_NEED: [&str; 4] = [
    "Their largest customer put penalties into the contract. Now there is a date.",
    "Old tool stops being supported earlier than thought.",
    "Peak season is planned with 30 % more volume; they need help before that.",
    "An audit found gaps that {product} would cover.",
];
pub(super) const SCOPE_GROWS: [&str; 4] = [
    "A second site wants to take part from the start.",
    "They asked to add the night shift, so more seats.",
    "Regional office in {region} joins the project.",
    "{first} asked for a price including training and the premium support.",
];
pub(super) const SECURITY_REVIEW: [&str; 4] = [
    "Questionnaire with 140 points. Presales takes it.",
    "IT security wants the latest penetration test.",
    "Data protection officer has to look at hosting.",
    "Review takes two to three weeks they say.",
];
