//! Line icons on a 24 × 24 grid, drawn in the text's colour. They decorate: what they mean always stands beside them in words.

use leptos::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IconName {
    Alert,
    ArrowDown,
    ArrowUp,
    Bell,
    Calendar,
    Chart,
    Check,
    CheckCircle,
    ChevronLeft,
    ChevronRight,
    Circle,
    Clock,
    Close,
    Coin,
    Deals,
    Eye,
    Filter,
    Flag,
    Gauge,
    Gear,
    Info,
    Mail,
    Meeting,
    Minus,
    Moon,
    Note,
    Octagon,
    Phone,
    Plus,
    Search,
    Shield,
    SignOut,
    Sun,
    Tag,
    Trophy,
    User,
}

impl IconName {
    fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12 4 2.8 19.5h18.4L12 4Zm0 6.5v4m0 2.6v.1",
            Self::ArrowDown => "M12 5v14m-6-6 6 6 6-6",
            Self::ArrowUp => "M12 19V5m-6 6 6-6 6 6",
            Self::Bell => "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15l1.5-2Zm4 4.5h4",
            Self::Calendar => {
                "M5 5.5h14a1.5 1.5 0 0 1 1.5 1.5v12a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 19V7A1.5 1.5 0 0 1 5 5.5Zm-1.5 5h17M8 3v5m8-5v5"
            }
            Self::Chart => "M4 20h16M7 16v-5m5 5V5m5 11v-8",
            Self::Check => "m5 12.5 4.5 4.5L19 7.5",
            Self::CheckCircle => "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm-3.8 8.8 2.7 2.7 5-5.4",
            Self::ChevronLeft => "m14.5 6-6 6 6 6",
            Self::ChevronRight => "m9.5 6 6 6-6 6",
            Self::Circle => "M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z",
            Self::Clock => "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 7.5V12l3 2",
            Self::Close => "M6.5 6.5l11 11m0-11-11 11",
            Self::Coin => {
                "M12 3v18m4.5-14.2C15.6 5.7 14 5 12 5c-2.6 0-4.5 1.3-4.5 3.3 0 4.9 9.3 2.4 9.3 7.3 0 2-2 3.4-4.8 3.4-2.2 0-4-.8-5-2.1"
            }
            Self::Deals => "M8 6.5h12M8 12h12M8 17.5h12M4 6.5h.01M4 12h.01M4 17.5h.01",
            Self::Eye => "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
            Self::Filter => "M4 6h16M7 12h10m-7 6h4",
            Self::Flag => "M5.5 21V4.5m0 0h12l-2.5 4.25 2.5 4.25h-12",
            Self::Gauge => "M4.6 17.5a8.5 8.5 0 1 1 14.8 0M12 13.5l3.5-4.5",
            Self::Gear => {
                "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Zm0-6v3m0 12v3m9-9h-3M6 12H3m15.4-6.4-2.1 2.1M7.7 16.3l-2.1 2.1m12.8 0-2.1-2.1M7.7 7.7 5.6 5.6"
            }
            Self::Info => "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm0 7.5v5m0-8.1v.1",
            Self::Mail => {
                "M4.5 5.5h15A1.5 1.5 0 0 1 21 7v10a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17V7a1.5 1.5 0 0 1 1.5-1.5ZM3.5 7l8.5 6 8.5-6"
            }
            Self::Meeting => {
                "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6.5 9c0-3.5 2.9-5.5 6.5-5.5s6.5 2 6.5 5.5m.5-9a3 3 0 1 0 0-6m5.5 14c0-2.6-1.6-4.2-4-4.8"
            }
            Self::Minus => "M6 12h12",
            Self::Moon => "M20 14.2A8.3 8.3 0 0 1 9.8 4 8.3 8.3 0 1 0 20 14.2Z",
            Self::Note => {
                "M6 3.5h8l4.5 4.5v11A1.5 1.5 0 0 1 17 20.5H6A1.5 1.5 0 0 1 4.5 19V5A1.5 1.5 0 0 1 6 3.5Zm2.5 9h7m-7 3.5h5m0-12v4h4"
            }
            Self::Octagon => "M8.5 3.5h7l5 5v7l-5 5h-7l-5-5v-7l5-5ZM12 8v4.5m0 3.4v.1",
            Self::Phone => {
                "M7.5 4H5a1.5 1.5 0 0 0-1.5 1.6C4 13.7 10.3 20 18.4 20.5A1.5 1.5 0 0 0 20 19v-2.5l-4.5-2-2 2a12 12 0 0 1-6-6l2-2-2-4.5Z"
            }
            Self::Plus => "M12 5v14M5 12h14",
            Self::Search => "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm4.8 11.3L20 20",
            Self::Shield => "M12 3.5 5 6v5.5c0 4.4 2.9 7.4 7 9 4.1-1.6 7-4.6 7-9V6l-7-2.5Z",
            Self::SignOut => "M14 4.5h4A1.5 1.5 0 0 1 19.5 6v12a1.5 1.5 0 0 1-1.5 1.5h-4M10 16l-4-4 4-4m-3.5 4H15",
            Self::Sun => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0-5v1.5m0 15V21m9-9h-1.5m-15 0H3m15.4-6.4-1.1 1.1M6.7 17.3l-1.1 1.1m12.8 0-1.1-1.1M6.7 6.7 5.6 5.6"
            }
            Self::Tag => "M4 4.5h7.5l8.5 8.5-7 7L4.5 11.5 4 4.5Zm4.5 4.4v.1",
            Self::Trophy => {
                "M7.5 4h9v5.5a4.5 4.5 0 0 1-9 0V4Zm0 1.5H4c0 3 1.2 4.5 3.6 4.8m8.9-4.8H20c0 3-1.2 4.5-3.6 4.8M12 14v3.5m-3.5 3h7c0-2-1.4-3-3.5-3s-3.5 1-3.5 3Z"
            }
            Self::User => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm-7.5 16c0-3.6 3.3-5.5 7.5-5.5s7.5 1.9 7.5 5.5",
        }
    }
}

#[component]
pub fn Icon(name: IconName, #[prop(optional)] class: &'static str) -> impl IntoView {
    view! {
        <svg class=format!("icon {class}") viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=name.path()></path>
        </svg>
    }
    .into_any()
}
