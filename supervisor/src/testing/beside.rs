use async_trait::async_trait;
use engine::beside::{Beside, Document, Expected, LogLine, Past, Put, StoreError};
use environment::Timestamp;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// Documents, blobs and logs in memory; counts writes and fails when told.
#[derive(Default)]
pub(crate) struct MemoryBeside {
    blobs: Mutex<BTreeMap<String, Vec<u8>>>,
    documents: Mutex<BTreeMap<(String, String), Document>>,
    logs: Mutex<BTreeMap<(String, u64), LogLine>>,
    pub(crate) writes: AtomicU64,
    pub(crate) fails: AtomicBool,
}

impl MemoryBeside {
    fn write(&self) -> Result<(), StoreError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        if self.fails.load(Ordering::SeqCst) { Err(StoreError("disk full".into())) } else { Ok(()) }
    }

    /// Everything that is stored, as one text, to look for what must not be there.
    pub(crate) fn dump(&self) -> String {
        let blobs = self.blobs.lock().unwrap();
        let blobs: Vec<_> = blobs.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
        format!("{:?}{blobs:?}{:?}", self.documents.lock().unwrap(), self.logs.lock().unwrap())
    }
}

#[async_trait]
impl Beside for MemoryBeside {
    async fn put_blob(&self, bytes: &[u8], _: Option<Timestamp>) -> Result<String, StoreError> {
        self.write()?;
        let digest = hex::encode(Sha256::digest(bytes));
        self.blobs.lock().unwrap().insert(digest.clone(), bytes.to_vec());
        Ok(digest)
    }

    async fn blob(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.blobs.lock().unwrap().get(digest).cloned())
    }

    async fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, StoreError> {
        Ok(self.documents.lock().unwrap().get(&(collection.into(), key.into())).cloned())
    }

    async fn put_document(
        &self,
        collection: &str,
        key: &str,
        value: &serde_json::Value,
        expected: Expected,
    ) -> Result<Put, StoreError> {
        self.write()?;
        let mut documents = self.documents.lock().unwrap();
        let key = (collection.to_owned(), key.to_owned());
        let there = documents.get(&key).cloned();
        let revision = there.as_ref().map_or(0, |document| document.revision);
        match expected {
            Expected::Absent if there.is_some() => return Ok(Put::Conflict(there)),
            Expected::Revision(wanted) if wanted != revision => return Ok(Put::Conflict(there)),
            _ => {}
        }
        let updated_at = Timestamp::from_millis(0);
        documents.insert(key, Document { value: value.clone(), revision: revision + 1, updated_at });
        Ok(Put::Done(revision + 1))
    }

    async fn documents(
        &self,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        let documents = self.documents.lock().unwrap();
        let here = documents.iter().filter(|((of, key), _)| of == collection && key.starts_with(prefix));
        let later = here.filter(|((_, key), _)| after.is_none_or(|after| key.as_str() > after));
        Ok(later.take(limit).map(|((_, key), document)| (key.clone(), document.clone())).collect())
    }

    async fn delete_document(&self, collection: &str, key: &str) -> Result<(), StoreError> {
        self.write()?;
        self.documents.lock().unwrap().remove(&(collection.into(), key.into()));
        Ok(())
    }

    async fn append_log(&self, stream: &str, lines: &[LogLine]) -> Result<(), StoreError> {
        self.write()?;
        let mut logs = self.logs.lock().unwrap();
        for line in lines {
            logs.entry((stream.into(), line.sequence)).or_insert_with(|| line.clone());
        }
        Ok(())
    }

    async fn log(&self, stream: &str, after: u64, limit: usize) -> Result<Vec<LogLine>, StoreError> {
        let logs = self.logs.lock().unwrap();
        let here = logs.iter().filter(|((of, sequence), _)| of == stream && *sequence > after);
        Ok(here.take(limit).map(|(_, line)| line.clone()).collect())
    }

    async fn remove_past(&self, _: Past, _: Timestamp, _: u64, _: bool) -> Result<u64, StoreError> {
        Ok(0)
    }
}
