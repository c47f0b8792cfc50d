//! What people ask: permission is read for each ask, and asks are judged in the order in which they were recorded, so
//! that "first" means the first recorded by somebody permitted.

use super::{Moment, Purpose, Timer};
use crate::{
    command::table::permitted,
    ids::RequestId,
    people::{Permission, Person, Via},
    policy::{DAY_MS, Decide},
    pull_request::{
        action::{Action, ReplyText},
        check::Face,
        event::Ask,
        outside::Stranded,
        request::{Choice, Decision, Kind, Request},
        state::{ASKS_MAX, DECISIONS_MAX, PendingAsk, Phase},
    },
};
use engine::Illegal;

/// How long an ask is kept that came while too many others were being judged, in milliseconds.
const KEPT_MS: u64 = 10 * 60_000;

impl Moment {
    pub(super) fn asked(&mut self, ask: &str, what: &Ask, by: &Person, via: &Via) -> Result<(), Illegal> {
        if by.bot || self.state.asks.iter().any(|pending| pending.ask == ask) {
            return Ok(()); // The bot never answers itself or another bot.
        }
        // Named by person and day: whoever may comment gets the list once a day, however often they ask.
        let day = self.now.as_millis() / DAY_MS;
        if let Some((name, text)) = match what {
            Ask::Help => Some(("help".to_owned(), ReplyText::Help)),
            Ask::Usage { command } => Some((format!("usage:{command}"), ReplyText::Usage { command: command.clone() })),
            _ => None,
        } {
            self.acknowledge(ask, via);
            self.reply_once(format!("{name}:{}:{day}", by.login), via.clone(), text);
            return Ok(());
        }
        if self.state.asks.len() >= ASKS_MAX {
            // Strangers may flood a pull request with asks; a maintainer's answer among them must not be lost.
            return Err(Illegal::TooEarly { why: "other asks are being judged".into(), keep_ms: KEPT_MS });
        }
        self.acknowledge(ask, via);
        let authorised = *via == Via::Operator;
        self.state.asks.push(PendingAsk {
            ask: ask.to_owned(),
            what: what.clone(),
            by: by.clone(),
            via: via.clone(),
            permission: authorised.then_some(Permission::Admin),
            owns: authorised.then_some(true),
        });
        if authorised {
            self.judge();
        } else {
            self.actions.push(Action::ReadPermission { ask: ask.to_owned(), login: by.login.clone() });
        }
        Ok(())
    }

    /// Somebody who wrote a comment sees at once that it was taken in.
    fn acknowledge(&mut self, ask: &str, via: &Via) {
        let shown = matches!(via, Via::Comment { .. } | Via::ReviewComment { .. });
        let again = self.state.asks.iter().any(|pending| pending.via == *via);
        if shown && !again && self.state.access.can_write() {
            self.actions.push(Action::React { ask: ask.to_owned(), to: via.clone() });
        }
    }

    pub(super) fn permission_read(&mut self, ask: &str, permission: Permission, owns: Option<bool>) {
        if let Some(pending) = self.state.asks.iter_mut().find(|pending| pending.ask == ask) {
            (pending.permission, pending.owns) = (Some(permission), owns);
        }
        self.judge();
    }

    /// The permission could not be read: the ask is dropped, and its author hears of it.
    pub(super) fn permission_unreadable(&mut self, ask: &str) {
        let Some(place) = self.state.asks.iter().position(|pending| pending.ask == ask) else { return };
        let pending = self.state.asks.remove(place);
        let why = "your permission could not be read; please try again".to_owned();
        self.reply(format!("unread:{ask}"), pending.via, ReplyText::NotReviewed { why });
        self.judge();
    }

    fn judge(&mut self) {
        while self.state.asks.first().is_some_and(|first| first.permission.is_some()) {
            let pending = self.state.asks.remove(0);
            self.judge_one(&pending);
        }
    }

    fn judge_one(&mut self, pending: &PendingAsk) {
        let permission = pending.permission.unwrap_or(Permission::None);
        let row = pending.what.verb().row();
        // What takes no permission is answered before it comes to this.
        let decide = row.who.rule(&self.state.policy).unwrap_or(Decide::Write);
        if !permitted(decide, permission, pending.owns) {
            let subject = match &pending.what {
                Ask::Answer { request, .. } => request.to_string(),
                _ => row.name(),
            };
            let text = ReplyText::NotPermitted {
                login: pending.by.login.clone(),
                permission: permission.word().into(),
                needs: decide.words().into(),
            };
            return self.reply_once(format!("not_permitted:{subject}:{}", pending.by.login), pending.via.clone(), text);
        }
        match &pending.what {
            Ask::Answer { request, choice } => self.answer(request, *choice, pending, permission),
            Ask::Review | Ask::Retry => self.review_asked(pending),
            Ask::Cancel => self.cancel_asked(pending),
            Ask::Pause => self.pause_asked(pending),
            Ask::Resume => self.resume_asked(pending),
            Ask::Explain => self.reply(format!("explain:{}", pending.ask), pending.via.clone(), ReplyText::Explained),
            Ask::Question { text } => self.question_asked(pending, text),
            Ask::Help | Ask::Usage { .. } => {}
        }
    }

    fn answer(&mut self, id: &RequestId, choice: Choice, pending: &PendingAsk, permission: Permission) {
        let open = self.state.request.as_ref().filter(|request| request.id == *id).cloned();
        match open {
            Some(request) if request.kind.choices().contains(&choice) => {
                if choice == Choice::Later {
                    self.ask_later(id, pending);
                } else {
                    self.decide(request, choice, pending, permission);
                }
            }
            Some(_) => {
                let why = "it does not take this answer".to_owned();
                let text = ReplyText::RequestOver { request: id.clone(), why };
                self.reply(format!("answer:{id}:{}", pending.by.login), pending.via.clone(), text);
            }
            None => self.answer_too_late(id, choice, pending),
        }
    }

    fn ask_later(&mut self, id: &RequestId, pending: &PendingAsk) {
        let at = self.now.plus_millis(DAY_MS);
        self.cancel(Timer::Nudge);
        self.at(Timer::AskAgain, at);
        let text = ReplyText::WillAskAgain { request: id.clone(), at_ms: at.as_millis() };
        self.reply(format!("later:{id}"), pending.via.clone(), text);
    }

    fn decide(&mut self, request: Request, choice: Choice, pending: &PendingAsk, permission: Permission) {
        self.set_question_aside();
        for timer in [Timer::DecisionDeadline, Timer::Nudge, Timer::AskAgain] {
            self.cancel(timer);
        }
        self.state.request = None;
        let result = self.state.result.as_ref().map(|result| result.digest.clone());
        if self.state.decisions.len() >= DECISIONS_MAX {
            self.state.decisions.remove(0);
        }
        let word = if pending.via == Via::Operator { "operator" } else { permission.word() };
        self.state.decisions.push(Decision {
            request: request.clone(),
            choice,
            by: pending.by.login.clone(),
            permission: word.into(),
            at: self.now,
            pushed: None,
            result: result.clone(),
        });
        let id = request.id.clone();
        if matches!(request.kind, Kind::Fix { .. } | Kind::Ask) {
            self.show(request.run, &request.head_sha, Face::Decided { result, request: id.clone() });
        }
        match (&request.kind, choice) {
            (Kind::Fix { .. }, Choice::Yes) => {
                self.want("the fix was approved", Purpose::Decision { request: id });
            }
            (Kind::Fix { .. }, _) => {
                self.idle();
                self.reply(format!("decided:{id}"), Via::Operator, ReplyText::Decided { request: id });
            }
            (Kind::Ask, _) => self.want("the question was answered", Purpose::Decision { request: id }),
            (Kind::RunReview, _) => {
                self.state.asked_for = Some(request.head_sha.clone());
                self.want("asked by a person", self.review());
            }
            (Kind::Retry, _) => self.retry(&request),
            (Kind::RetryOnCopy, _) => {
                self.strand();
                self.retry(&request);
            }
            (Kind::Continue, _) => self.want("continued beyond the limit", self.review()),
        }
    }

    /// Again what failed: the decision's run if it was one and still has something to do, else a review.
    pub(super) fn retry(&mut self, request: &Request) {
        self.state.lost = 0;
        self.show(request.run, &request.head_sha, Face::Cancelled { why: "tried again".into() });
        let decision = request.again.as_ref().and_then(|again| self.state.decision(again));
        let unfinished =
            decision.filter(|decision| decision.pushed.is_none() && decision.request.head_sha == request.head_sha);
        let purpose = match unfinished {
            Some(decision) => Purpose::Decision { request: decision.request.id.clone() },
            None => self.review(),
        };
        self.want("tried again", purpose);
    }

    /// The machine that is not confirmed gone keeps its volume; the next run gets another.
    fn strand(&mut self) {
        let Some(machine) = self.state.machine.take() else { return };
        let volume = self.state.volume.take();
        self.keep_stranded(Stranded { machine: Some(machine), volume });
        self.state.copies += 1;
        (self.state.session, self.state.session_lost) = (false, self.state.session);
    }

    fn answer_too_late(&mut self, id: &RequestId, choice: Choice, pending: &PendingAsk) {
        if let Some(decision) = self.state.decision(id) {
            let repeated = decision.choice == choice && decision.by == pending.by.login;
            if repeated {
                return; // A fresh delivery does not make a fact new.
            }
            let text = ReplyText::AlreadyDecided {
                request: id.clone(),
                login: pending.by.login.clone(),
                answer: decision.choice.code().into(),
                by: decision.by.clone(),
                at_ms: decision.at.as_millis(),
            };
            return self.reply(format!("already:{id}:{}", pending.by.login), pending.via.clone(), text);
        }
        let why = match self.state.over.iter_mut().find(|over| over.id == *id) {
            Some(over) if over.replied => return,
            Some(over) => {
                over.replied = true;
                over.why.clone()
            }
            None => "it is not known here".to_owned(),
        };
        let text = ReplyText::RequestOver { request: id.clone(), why };
        self.reply(format!("over:{id}"), pending.via.clone(), text);
    }

    fn review_asked(&mut self, pending: &PendingAsk) {
        let Some(snapshot) = self.state.snapshot.clone() else { return };
        if let Some(paused) = &self.state.paused {
            let why = format!("paused by {} until `resume`", paused.by);
            return self.reply(format!("paused:{}", pending.ask), pending.via.clone(), ReplyText::NotReviewed { why });
        }
        self.set_question_aside();
        match self.state.phase {
            Phase::Queued | Phase::Provisioning { .. } | Phase::Running | Phase::Pushing { .. } => {}
            Phase::Closing { .. } | Phase::Closed => {
                let why = "the pull request is closed".to_owned();
                self.reply(format!("closed:{}", pending.ask), pending.via.clone(), ReplyText::NotReviewed { why });
            }
            Phase::Idle | Phase::AwaitingDecision => {
                self.state.asked_for = Some(snapshot.head_sha.clone());
                self.state.lost = 0;
                if let Some(gate) = self.closed_gate().filter(|gate| gate.is_silent()) {
                    let why = gate.words().to_owned();
                    let text = ReplyText::NotReviewed { why };
                    return self.reply(format!("gated:{}", pending.ask), pending.via.clone(), text);
                }
                if let Some(request) = self.end_request("a new review was asked for") {
                    let why = "a new review was asked for".to_owned();
                    self.show(request.run, &request.head_sha, Face::Cancelled { why });
                }
                self.want("asked by a person", self.review());
                self.read_again();
            }
        }
    }
}
