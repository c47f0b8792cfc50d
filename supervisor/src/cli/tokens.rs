use super::{
    Failure, Output,
    api::{Api, segment},
    table::Table,
    times::ago,
};
use crate::http::public::Grant;
use clap::Subcommand;
use environment::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Make, list and revoke API tokens.
#[derive(Debug, Subcommand)]
pub(super) enum Tokens {
    /// List them, without the tokens
    Ls,
    /// Make one; it is printed this once
    Create {
        /// What is done with it is recorded under this name
        name: String,
        /// What it allows
        #[arg(long, value_delimiter = ',', default_value = "read", value_parser = ["read", "operate", "decide"])]
        scopes: Vec<String>,
    },
    /// End one
    Revoke {
        /// Its name
        name: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Listed {
    tokens: Vec<Grant>,
}

impl Tokens {
    pub(super) async fn run(self, api: &Api, output: &Output, now: Timestamp) -> Result<(), Failure> {
        match self {
            Self::Ls => {
                let listed: Listed = api.get("/tokens").await?;
                output.table(&listed, |listed| table(&listed.tokens, now))
            }
            Self::Create { name, scopes } => {
                let made: Value = api.post("/tokens", &json!({"name": name, "scopes": scopes})).await?;
                output.say("keep it: only its hash is stored");
                output.data(&made, |made| format!("{}\n", made["token"].as_str().unwrap_or_default()))
            }
            Self::Revoke { name } => {
                let said: Value = api.delete(&format!("/tokens/{}", segment(&name))).await?;
                output.data(&said, |said| format!("{}\n", said["message"].as_str().unwrap_or_default()))
            }
        }
    }
}

pub(super) fn table(grants: &[Grant], now: Timestamp) -> Table {
    let row = |grant: &Grant| {
        let scopes: Vec<&str> = grant.scopes.iter().map(|scope| scope.word()).collect();
        [grant.name.clone(), scopes.join(","), ago(now, grant.created_at_ms)]
    };
    Table::new(["NAME", "SCOPES", "CREATED"]).rows(grants.iter().map(row))
}
