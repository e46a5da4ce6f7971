//! What is sold, to whom, and against whom: products, industries, lead sources, competitors. All made up.

/// A product and the words that deals about it use.
pub(super) struct Product {
    pub name: &'static str,
    /// List price per seat and year, in dollars.
    pub seat_price: f64,
    /// Median number of seats of a first deal with a mid-sized account.
    pub seats: f64,
    /// Month of the simulation from which it is sold.
    pub launched: f64,
    /// Who works with it.
    pub users: &'static str,
    /// Concrete uses that it is made for: what customers who fit say.
    pub sharp_uses: &'static [&'static str],
    /// Vague or odd wishes: what customers who do not fit say.
    pub vague_uses: &'static [&'static str],
    pub pains: &'static [&'static str],
}

pub(super) const PRODUCTS: [Product; 6] = [
    Product {
        name: "Route Planner",
        seat_price: 420.0,
        seats: 75.0,
        launched: 0.0,
        users: "dispatchers",
        sharp_uses: &[
            "plan multi-stop delivery routes with time windows every morning",
            "re-plan routes during the day when orders or traffic change",
            "balance tours across depots and cut empty miles",
            "give drivers turn-by-turn stop lists and customers a reliable arrival time",
        ],
        vague_uses: &[
            "get a general picture of where vehicles are",
            "see whether route planning could be of use for its field staff",
            "compare planning tools for a possible project next year",
        ],
        pains: &[
            "Dispatchers plan by hand in spreadsheets and it takes until 7 am every day",
            "Fuel cost per drop is up a fifth on last year",
            "One in eight deliveries misses its time window",
            "Planning depends on two people who both retire soon",
            "Drivers call the office for every change of tour",
        ],
    },
    Product {
        name: "Fleet Desk",
        seat_price: 310.0,
        seats: 110.0,
        launched: 0.0,
        users: "fleet coordinators",
        sharp_uses: &[
            "schedule inspections and repairs for the whole fleet in one place",
            "track vehicle cost and downtime per site",
            "bring driver checks, damage reports and workshop orders together",
            "keep licences and inspection dates audit-ready",
        ],
        vague_uses: &[
            "replace a contact list of leased cars",
            "have somewhere to store vehicle papers",
            "look at fleet reporting without a clear owner for it yet",
        ],
        pains: &[
            "Inspection dates live in a shared calendar and get missed",
            "Nobody can say what a vehicle costs per month",
            "Workshop orders go out by phone and come back as paper",
            "The insurer asked for driver records they could not produce",
            "Vans stand idle because repairs are booked too late",
        ],
    },
    Product {
        name: "Dock Scheduler",
        seat_price: 560.0,
        seats: 40.0,
        launched: 0.0,
        users: "gate and dock staff",
        sharp_uses: &[
            "let carriers book unloading slots online",
            "cut truck waiting times at the inbound docks",
            "match dock slots with crew shifts and yard space",
            "get rid of demurrage charges at the two busiest gates",
        ],
        vague_uses: &[
            "have a nicer calendar for visitors at the gate",
            "test slot booking at a site with only two docks",
            "see what else could be done with yard data",
        ],
        pains: &[
            "Trucks queue on the public road on Mondays",
            "Waiting-time charges came to six figures last year",
            "Slots are agreed by e-mail and double-booked every week",
            "The night shift never knows what arrives",
            "Carriers add a surcharge for the site because of the waits",
        ],
    },
    Product {
        name: "Warehouse Insight",
        seat_price: 690.0,
        seats: 55.0,
        launched: 0.0,
        users: "warehouse leads",
        sharp_uses: &[
            "see picking productivity by zone and shift",
            "find slow movers and re-slot the fast ones",
            "spot stock differences before the annual count",
            "plan crews from the order forecast instead of by feel",
        ],
        vague_uses: &[
            "have a dashboard for the board meeting",
            "collect warehouse data for later use",
            "see how the reports compare with the ones they built themselves",
        ],
        pains: &[
            "Pick errors run at twice the industry's norm",
            "Reports arrive a week late and nobody trusts them",
            "Overtime explodes in peak season",
            "Stock differences surface only at the yearly count",
            "Three sites count productivity in three ways",
        ],
    },
    Product {
        name: "Demand Forecast",
        seat_price: 1_350.0,
        seats: 18.0,
        launched: 0.0,
        users: "demand planners",
        sharp_uses: &[
            "forecast by article and site for the coming 26 weeks",
            "plan promotions and new articles with fewer stock-outs",
            "lower safety stock without hurting service",
            "replace the monthly spreadsheet round by a weekly forecast",
        ],
        vague_uses: &[
            "see what machine learning might do for planning",
            "get a forecast although two years of data are missing",
            "benchmark its own forecast once",
        ],
        pains: &[
            "Forecast error is above 40 % on promoted articles",
            "Planners spend three days a month joining spreadsheets",
            "Stock is up while service is down",
            "Purchasing does not believe the sales plan",
            "Every stock-out of a promoted article ends up with the COO",
        ],
    },
    Product {
        name: "Control Tower",
        seat_price: 980.0,
        seats: 95.0,
        launched: 5.0,
        users: "supply chain staff",
        sharp_uses: &[
            "follow every order across carriers and warehouses on one screen",
            "get early warning of late inbound shipments",
            "measure carriers by on-time delivery and cost",
            "run one exception desk for all regions",
        ],
        vague_uses: &[
            "build a long-term vision of the digital supply chain",
            "look for a platform that may cover many topics",
            "have one more view on data they already report",
        ],
        pains: &[
            "Customer service learns of delays from the customers",
            "Six carrier portals have to be checked by hand",
            "Expediting cost doubled in a year",
            "No two regions report on-time delivery the same way",
            "Late inbound parts stopped a line twice this spring",
        ],
    },
];

pub(super) struct Industry {
    pub name: &'static str,
    /// How common its accounts are.
    pub share: f64,
    /// Ends of company names.
    pub trades: &'static [&'static str],
    /// How well each product suits it, -1 to 1, in the order of [`PRODUCTS`].
    pub affinity: [f64; 6],
}

pub(super) const INDUSTRIES: [Industry; 9] = [
    Industry {
        name: "Transport & logistics",
        share: 1.6,
        trades: &["Logistics", "Freight", "Haulage", "Forwarding", "Transport", "Distribution"],
        affinity: [1.0, 0.9, 0.4, 0.3, -0.6, 0.5],
    },
    Industry {
        name: "Manufacturing",
        share: 1.5,
        trades: &["Manufacturing", "Industries", "Engineering", "Components", "Tooling", "Plastics"],
        affinity: [-0.5, -0.3, 0.6, 0.3, 0.6, 0.9],
    },
    Industry {
        name: "Retail",
        share: 1.2,
        trades: &["Stores", "Home", "Outfitters", "Markets", "Interiors"],
        affinity: [0.1, -0.4, 0.3, 0.6, 1.0, 0.4],
    },
    Industry {
        name: "Wholesale",
        share: 1.1,
        trades: &["Wholesale", "Supply", "Trading", "Electrical Supply"],
        affinity: [0.7, 0.3, 0.6, 0.8, 0.5, 0.1],
    },
    Industry {
        name: "Food & beverage",
        share: 1.1,
        trades: &["Foods", "Dairy", "Bakeries", "Beverages", "Produce"],
        affinity: [0.9, 0.2, 0.7, 0.3, 0.8, 0.0],
    },
    Industry {
        name: "Construction",
        share: 0.8,
        trades: &["Construction", "Building Supplies", "Timber", "Concrete"],
        affinity: [0.2, 1.0, -0.2, -0.5, -0.9, -0.4],
    },
    Industry {
        name: "Healthcare & pharma",
        share: 0.8,
        trades: &["Medical Supply", "Pharma", "Diagnostics", "Care Services"],
        affinity: [0.5, 0.1, -0.1, 0.6, 0.3, 0.4],
    },
    Industry {
        name: "Utilities & field service",
        share: 0.7,
        trades: &["Utilities", "Energy Services", "Water", "Facility Services"],
        affinity: [0.7, 0.9, -0.9, -0.6, -0.7, -0.5],
    },
    Industry {
        name: "Chemicals",
        share: 0.6,
        trades: &["Chemicals", "Coatings", "Specialties"],
        affinity: [-0.6, -0.5, 0.9, 0.2, 0.1, 0.7],
    },
];

pub(super) struct LeadSource {
    pub name: &'static str,
    pub share: f64,
    /// Effect on how well its leads fit.
    pub fit: f64,
}

/// The first one is for accounts that bought before.
pub(super) const LEAD_SOURCES: [LeadSource; 6] = [
    LeadSource { name: "Existing customer", share: 0.0, fit: 0.5 },
    LeadSource { name: "Referral", share: 0.8, fit: 0.7 },
    LeadSource { name: "Inbound web", share: 2.4, fit: 0.1 },
    LeadSource { name: "Partner", share: 1.2, fit: 0.2 },
    LeadSource { name: "Trade show", share: 1.2, fit: -0.3 },
    LeadSource { name: "Outbound", share: 2.4, fit: -0.4 },
];

pub(super) struct Competitor {
    pub name: &'static str,
    pub share: f64,
    /// How hard it is to beat at the start, and how that changes over the 18 months (drift).
    pub strength: f64,
    pub strength_drift: f64,
}

pub(super) const COMPETITORS: [Competitor; 5] = [
    Competitor { name: "Routivo", share: 1.5, strength: 1.0, strength_drift: -0.3 },
    Competitor { name: "LogiQuanta", share: 1.2, strength: 0.7, strength_drift: 0.7 },
    Competitor { name: "Stockmere", share: 1.0, strength: 0.6, strength_drift: 0.0 },
    Competitor { name: "Planwerk One", share: 0.8, strength: 0.9, strength_drift: 0.0 },
    Competitor { name: "Lanewright", share: 0.8, strength: 0.4, strength_drift: 0.2 },
];
