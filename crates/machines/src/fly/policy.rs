//! What a machine may connect to. Fly lets a policy name ports, not hosts; as soon as an app has one rule for a direction,
//! everything else in that direction is refused. So there is one policy: outwards the supervisor's port and names, inwards
//! a port on which nothing listens, so that no machine reaches another one.
//!
//! It is read back before each start: a policy takes effect when a machine starts, and one that somebody removed, or
//! widened beside ours, is found then.

use super::{Inner, api::Call, pace::Action, wire::or_default};
use crate::Error;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NAME: &str = "longshore-workers";
/// Where names are asked for.
const DNS_PORT: u16 = 53;
/// Nothing listens on it.
const NOBODY_PORT: u16 = 1;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Policy {
    #[serde(deserialize_with = "or_default")]
    id: String,
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    selector: Selector,
    #[serde(deserialize_with = "or_default")]
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Selector {
    #[serde(deserialize_with = "or_default")]
    all: bool,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct Rule {
    action: String,
    direction: String,
    #[serde(deserialize_with = "or_default")]
    ports: Vec<Port>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(default)]
struct Port {
    protocol: String,
    port: u16,
}

/// What is wrong with an app's policies.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    /// Ours is not there, or not as it should be; its id, if there is one of that name.
    Missing(Option<String>),
    /// This one lets more through.
    Wider { policy: String, port: String },
}

impl Inner {
    /// The app's policies as Fly has them let through what machines need, and nothing else.
    pub async fn check_policy(&self) -> Result<(), Error> {
        match fault(&self.policies().await?, &self.settings.ports) {
            None => Ok(()),
            Some(Fault::Missing(_)) => Err(Error::Permanent {
                what: format!(
                    "the Fly app `{}` does not have the network policy `{NAME}` any more: no machine is started without it; \
                     restart the supervisor, which makes it",
                    self.app()
                ),
            }),
            Some(wider) => Err(self.too_wide(wider)),
        }
    }

    /// Whether a start would have to make it.
    pub async fn policy_is_missing(&self) -> Result<bool, Error> {
        match fault(&self.policies().await?, &self.settings.ports) {
            None => Ok(false),
            Some(Fault::Missing(_)) => Ok(true),
            Some(wider) => Err(self.too_wide(wider)),
        }
    }

    /// The same, and ours is made if it is not there.
    pub async fn set_policy(&self) -> Result<(), Error> {
        let id = match fault(&self.policies().await?, &self.settings.ports) {
            None => return Ok(()),
            Some(Fault::Missing(id)) => id,
            Some(wider) => return Err(self.too_wide(wider)),
        };
        let path = format!("{}/network_policies", self.app_path());
        let mut call = Call::new(Method::POST, path, Action::SetPolicy, self.app(), "set the network policy");
        call.body = Some(wanted(&self.settings.ports, id));
        self.api.call(call).await.map_err(Error::from)?;
        self.check_policy().await
    }

    async fn policies(&self) -> Result<Vec<Policy>, Error> {
        let path = format!("{}/network_policies", self.app_path());
        let call = Call::new(Method::GET, path, Action::ListPolicies, self.app(), "list network policies");
        let answer: Value = self.api.call(call).await.map_err(Error::from)?.json().map_err(Error::from)?;
        read(answer).ok_or_else(|| Error::Permanent {
            what: format!("the network policies of the Fly app `{}` cannot be read: no machine is started", self.app()),
        })
    }

    fn too_wide(&self, fault: Fault) -> Error {
        let (policy, port) = match fault {
            Fault::Wider { policy, port } => (policy, port),
            Fault::Missing(_) => (NAME.to_owned(), String::new()),
        };
        Error::Permanent {
            what: format!(
                "the Fly app `{}` has the network policy `{policy}`, by which machines may connect to {port}: remove it, or \
                 name the port in `machines.fly_ports`",
                self.app()
            ),
        }
    }
}

/// A list, bare or in an object: Fly's documentation shows neither.
fn read(answer: Value) -> Option<Vec<Policy>> {
    let list = match answer {
        Value::Object(mut object) => {
            ["network_policies", "policies", "data"].iter().find_map(|name| object.remove(*name))?
        }
        Value::Null => return Some(Vec::new()),
        list => list,
    };
    serde_json::from_value(list).ok()
}

fn outward(ports: &[u16]) -> BTreeSet<Port> {
    let port = |protocol: &str, port| Port { protocol: protocol.into(), port };
    ports.iter().map(|number| port("tcp", *number)).chain([port("tcp", DNS_PORT), port("udp", DNS_PORT)]).collect()
}

fn wanted(ports: &[u16], id: Option<String>) -> Value {
    let rule = |direction, ports: Vec<Port>| json!({"action": "allow", "direction": direction, "ports": ports});
    let nobody = Port { protocol: "tcp".into(), port: NOBODY_PORT };
    let rules = [rule("egress", outward(ports).into_iter().collect()), rule("ingress", vec![nobody])];
    let mut policy = json!({"name": NAME, "selector": {"all": true}, "rules": rules});
    if let Some(id) = id {
        policy["id"] = id.into();
    }
    policy
}

fn fault(policies: &[Policy], ports: &[u16]) -> Option<Fault> {
    let wanted = outward(ports);
    let of = |policy: &Policy, direction: &str| -> BTreeSet<Port> {
        let rules = policy.rules.iter().filter(|rule| rule.direction == direction);
        rules.flat_map(|rule| rule.ports.iter().cloned()).collect()
    };
    for policy in policies {
        for rule in &policy.rules {
            let beyond = |port: &&Port| match rule.direction.as_str() {
                "ingress" => port.port != NOBODY_PORT,
                _ => !wanted.contains(*port),
            };
            let open = rule.ports.is_empty().then(|| "every port".to_owned());
            let beyond = || rule.ports.iter().find(beyond).map(|port| format!("{} port {}", port.protocol, port.port));
            // Ours is put right instead.
            if let Some(port) = open.or_else(beyond).filter(|_| policy.name != NAME) {
                return Some(Fault::Wider { policy: policy.name.clone(), port });
            }
        }
    }
    let ours = policies.iter().find(|policy| policy.name == NAME);
    let is_right = |policy: &&Policy| {
        policy.selector.all
            && of(policy, "egress") == wanted
            && of(policy, "ingress").iter().all(|port| port.port == NOBODY_PORT)
            && policy.rules.iter().any(|rule| rule.direction == "ingress")
            && policy.rules.iter().all(|rule| !rule.ports.is_empty())
    };
    match ours {
        Some(policy) if is_right(&policy) => None,
        Some(policy) => Some(Fault::Missing(Some(policy.id.clone()).filter(|id| !id.is_empty()))),
        None => Some(Fault::Missing(None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policies(list: Value) -> Vec<Policy> {
        read(list).unwrap()
    }

    fn ours() -> Value {
        let mut ours = wanted(&[443], None);
        ours["id"] = "np_1".into();
        ours
    }

    #[test]
    fn ours_alone_is_right_and_is_found_in_either_shape() {
        assert_eq!(fault(&policies(json!([ours()])), &[443]), None);
        assert_eq!(fault(&policies(json!({"network_policies": [ours()]})), &[443]), None);
        assert!(read(json!({"something": "else"})).is_none());
    }

    #[test]
    fn without_ours_no_machine_is_started() {
        assert_eq!(fault(&policies(json!([])), &[443]), Some(Fault::Missing(None)));
        assert_eq!(fault(&policies(Value::Null), &[443]), Some(Fault::Missing(None)));
        let id = Some("np_1".to_owned());
        let wrong = |change: &dyn Fn(&mut Value)| {
            let mut changed = ours();
            change(&mut changed);
            fault(&policies(json!([changed])), &[443])
        };
        assert_eq!(wrong(&|it| it["selector"]["all"] = false.into()), Some(Fault::Missing(id.clone())));
        assert_eq!(wrong(&|it| it["rules"][0]["ports"] = json!([])), Some(Fault::Missing(id.clone())), "every port");
        assert_eq!(wrong(&|it| it["rules"] = json!([it["rules"][0]])), Some(Fault::Missing(id.clone())), "no ingress");
        assert_eq!(fault(&policies(json!([ours()])), &[8081]), Some(Fault::Missing(id)), "another port");
    }

    #[test]
    fn one_beside_ours_that_lets_more_through_is_named() {
        let beside = |rules: Value| {
            let other = json!({"name": "other", "selector": {"all": true}, "rules": rules});
            fault(&policies(json!([ours(), other])), &[443])
        };
        let wider = |port: &str| Some(Fault::Wider { policy: "other".into(), port: port.into() });
        let rule = |direction, ports| json!([{"action": "allow", "direction": direction, "ports": ports}]);
        assert_eq!(beside(rule("egress", json!([{"protocol": "tcp", "port": 25}]))), wider("tcp port 25"));
        assert_eq!(beside(rule("egress", json!([{"protocol": "udp", "port": 443}]))), wider("udp port 443"));
        assert_eq!(beside(rule("ingress", json!([{"protocol": "tcp", "port": 443}]))), wider("tcp port 443"));
        assert_eq!(beside(rule("egress", json!([]))), wider("every port"));
        assert_eq!(beside(rule("egress", json!([{"protocol": "tcp", "port": 443}]))), None);
    }
}
