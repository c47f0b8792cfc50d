//! The bounded queue, without a clock or a network.

use protocol::{DETAIL_BYTES_MAX, FINDINGS_MAX, Finding, Report, Sequenced, TITLE_BYTES_MAX};
use std::collections::VecDeque;

/// Reports in a batch: with each string at its bound and every byte escaped, it still fits a request body.
const BATCH_MAX: usize = 32;
/// Log lines that wait; older ones give way.
const LINES_MAX: usize = 500;
/// Bytes of a line or phase.
const LINE_BYTES_MAX: usize = 1024;
/// Bytes of ids, rules and paths.
const NAME_BYTES_MAX: usize = 512;

/// Reports that wait, the batch under way, and all findings of the run.
#[derive(Debug, Default)]
pub(super) struct Queue {
    found: Vec<Finding>,
    /// How many of `found` were put into batches.
    sent: usize,
    beyond: usize,
    progress: Option<Report>,
    files_read: Option<u32>,
    lines: VecDeque<String>,
    lines_dropped: u64,
    under_way: Vec<Sequenced>,
    last_sequence: u64,
}

impl Queue {
    pub(super) fn finding(&mut self, finding: Finding) {
        let finding = bounded(finding);
        if self.found.iter().any(|known| known.id == finding.id) {
            return;
        }
        if self.found.len() < FINDINGS_MAX {
            self.found.push(finding);
        } else {
            self.beyond += 1;
        }
    }

    pub(super) fn progress(&mut self, phase: &str, files_read: Option<u32>, files_total: u32) {
        self.files_read = files_read.or(self.files_read);
        let files_read = self.files_read.unwrap_or(0);
        self.progress = Some(Report::Progress { phase: cut(phase, LINE_BYTES_MAX), files_read, files_total });
    }

    pub(super) fn log(&mut self, line: &str) {
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
            self.lines_dropped += 1;
        }
        self.lines.push_back(cut(&line.replace(['\n', '\r'], " "), LINE_BYTES_MAX));
    }

    pub(super) fn found(&self) -> &[Finding] {
        &self.found
    }

    pub(super) const fn findings_beyond(&self) -> usize {
        self.beyond
    }

    /// None if nobody has said.
    pub(super) const fn files_read(&self) -> Option<u32> {
        self.files_read
    }

    /// The next batch: the one under way until it is acknowledged, byte for byte, so that a repeat is a repeat.
    pub(super) fn batch(&mut self) -> &[Sequenced] {
        if self.under_way.is_empty() {
            self.fill();
        }
        &self.under_way
    }

    /// A sign of life, if there is nothing else to send.
    pub(super) fn heartbeat(&mut self) {
        if self.batch().is_empty() {
            self.put(Report::Heartbeat);
        }
    }

    /// The supervisor has everything up to `sequence`.
    pub(super) fn acknowledged(&mut self, sequence: u64) {
        self.under_way.retain(|event| event.sequence > sequence);
    }

    fn fill(&mut self) {
        while self.under_way.len() < BATCH_MAX {
            let report = if let Some(finding) = self.found.get(self.sent) {
                self.sent += 1;
                Report::Finding { finding: Box::new(finding.clone()) }
            } else if let Some(progress) = self.progress.take() {
                progress
            } else if self.lines_dropped > 0 {
                let dropped = std::mem::take(&mut self.lines_dropped);
                Report::Log { line: format!("({dropped} lines were dropped while the supervisor was away)") }
            } else if let Some(line) = self.lines.pop_front() {
                Report::Log { line }
            } else {
                break;
            };
            self.put(report);
        }
    }

    fn put(&mut self, report: Report) {
        self.last_sequence += 1;
        self.under_way.push(Sequenced { sequence: self.last_sequence, report });
    }
}

/// A finding within the protocol's bounds: an agent that writes too much loses the end of its words, not its finding.
fn bounded(mut finding: Finding) -> Finding {
    for (text, max) in [
        (&mut finding.id, NAME_BYTES_MAX),
        (&mut finding.rule, NAME_BYTES_MAX),
        (&mut finding.path, NAME_BYTES_MAX),
        (&mut finding.title, TITLE_BYTES_MAX),
        (&mut finding.detail, DETAIL_BYTES_MAX),
    ] {
        text.truncate(text.floor_char_boundary(max));
    }
    // Half a suggestion would be a wrong one.
    finding.suggestion = finding.suggestion.filter(|text| text.len() <= DETAIL_BYTES_MAX);
    finding
}

fn cut(text: &str, bytes_max: usize) -> String {
    text[..text.floor_char_boundary(bytes_max)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Severity;

    fn finding(id: &str) -> Finding {
        Finding {
            id: id.into(),
            rule: "r".into(),
            severity: Severity::Low,
            path: "p".into(),
            line: None,
            end_line: None,
            title: "t".into(),
            detail: String::new(),
            suggestion: None,
            in_patch: false,
        }
    }

    fn sequences(batch: &[Sequenced]) -> Vec<u64> {
        batch.iter().map(|event| event.sequence).collect()
    }

    #[test]
    fn an_unacknowledged_batch_is_sent_again_unchanged_and_later_reports_wait() {
        let mut queue = Queue::default();
        queue.finding(finding("a"));
        let first = queue.batch().to_vec();
        queue.finding(finding("b"));
        assert_eq!(queue.batch(), first);
        queue.acknowledged(1);
        assert_eq!(sequences(queue.batch()), [2]);
    }

    #[test]
    fn a_partly_acknowledged_batch_goes_on_where_it_stopped() {
        let mut queue = Queue::default();
        ["a", "b", "c"].into_iter().for_each(|id| queue.finding(finding(id)));
        assert_eq!(sequences(queue.batch()), [1, 2, 3]);
        queue.acknowledged(2);
        assert_eq!(sequences(queue.batch()), [3]);
    }

    #[test]
    fn findings_are_kept_while_signals_give_way() {
        let mut queue = Queue::default();
        for n in 0..LINES_MAX + 7 {
            queue.log(&format!("line {n}"));
            queue.progress("reading", Some(1), 2);
        }
        ["a", "a", "b"].into_iter().for_each(|id| queue.finding(finding(id)));
        let batch = queue.batch();
        assert!(matches!(&batch[0].report, Report::Finding { finding } if finding.id == "a"));
        assert!(matches!(&batch[1].report, Report::Finding { finding } if finding.id == "b"));
        assert!(matches!(&batch[2].report, Report::Progress { .. }));
        assert!(matches!(&batch[3].report, Report::Log { line } if line.starts_with("(7 lines")));
        assert!(matches!(&batch[4].report, Report::Log { line } if line == "line 7"));
    }

    #[test]
    fn a_heartbeat_is_sent_only_when_there_is_nothing_to_say() {
        let mut queue = Queue::default();
        queue.heartbeat();
        assert_eq!(queue.batch()[0].report, Report::Heartbeat);
        queue.acknowledged(1);
        queue.log("x");
        queue.heartbeat();
        assert!(matches!(queue.batch(), [Sequenced { sequence: 2, report: Report::Log { .. } }]));
    }

    #[test]
    fn what_an_agent_overdoes_still_fits_the_protocol() {
        let mut queue = Queue::default();
        for n in 0..FINDINGS_MAX + 3 {
            let mut long = finding(&format!("{n}-{}", "ü".repeat(NAME_BYTES_MAX)));
            long.title = "ü".repeat(TITLE_BYTES_MAX);
            long.suggestion = Some("x".repeat(DETAIL_BYTES_MAX + 1));
            queue.finding(long);
        }
        assert_eq!((queue.found().len(), queue.findings_beyond()), (FINDINGS_MAX, 3));
        protocol::validate::batch(queue.batch()).unwrap();
    }
}
