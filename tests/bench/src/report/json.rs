//! The report as JSON, with the values of every round.

use serde_json::{Value, json};

use super::{Case, Figure, Goal, Report, machine};
use crate::server::Role;
use crate::values::{Spread, Values};

impl Report {
    pub(crate) fn json(&self) -> String {
        let report = json!({
            "machine": machine::description(),
            "cases": self.cases.iter().map(|(on, case)| case.json(on.as_deref())).collect::<Vec<_>>(),
            "figures": self.figures.iter().map(Figure::json).collect::<Vec<_>>(),
            "left_out": self.left_out,
        });
        format!("{report:#}\n")
    }
}

impl Case {
    fn json(&self, on: Option<&str>) -> Value {
        json!({
            "case": self.name,
            "file_system": on,
            "title": self.title,
            "unit": self.unit,
            "cpu_us": by_name(self.outcomes.iter().map(|outcome| &outcome.cpu)),
            "cpu_to_peer": spread(self.cpu_to(Role::Peer)),
            "cpu_to_peer_goal": self.goals.cpu_to_peer,
            "cpu_to_floor": spread(self.cpu_to(Role::Floor)),
            "cpu_to_floor_goal": self.goals.cpu_to_floor,
            "rate": by_name(self.outcomes.iter().map(|outcome| &outcome.rate)),
            "rate_to_peer": spread(self.rate_to_peer()),
            "rate_to_peer_goal": self.goals.rate_to_peer,
        })
    }
}

impl Figure {
    fn json(&self) -> Value {
        let (to_peer, at_most) = match self.goal {
            Goal::ToPeer(goal) => (Some(goal), None),
            Goal::AtMost(goal) => (None, Some(goal)),
            Goal::None => (None, None),
        };
        json!({
            "figure": self.name,
            "title": self.title,
            "unit": self.unit,
            "values": by_name(&self.values),
            "goal": at_most,
            "to_peer": spread(self.to_peer()),
            "to_peer_goal": to_peer,
        })
    }
}

fn by_name<'a>(values: impl IntoIterator<Item = &'a Values>) -> Value {
    values.into_iter().map(|values| (values.name.clone(), json!(values.rounds))).collect()
}

fn spread(ratio: Option<Spread>) -> Value {
    ratio.map_or(
        Value::Null,
        |ratio| json!({ "median": ratio.median, "least": ratio.least, "most": ratio.most }),
    )
}
