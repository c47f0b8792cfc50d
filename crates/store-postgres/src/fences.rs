//! Fences: numbers that a commit must still find in the database. Whoever takes a partition over raises its epoch, and
//! from then on the former owner's commits write nothing.

use sqlx::PgConnection;

/// Partitions and the epochs that must hold, as the arrays that a commit takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fences {
    pub partitions: Vec<i32>,
    pub epochs: Vec<i64>,
}

impl Fences {
    /// One partition.
    pub fn one(partition: i32, epoch: i64) -> Self {
        Self { partitions: vec![partition], epochs: vec![epoch] }
    }

    /// Raises every epoch, so that a statement of ours that is still on its way, on a connection that we have given up,
    /// finds nothing to hold on to. A commit that is being carried out is waited for. `false`: one of them is no longer
    /// ours, and nothing was changed.
    pub async fn raise(&mut self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let query = sqlx::query!(
            "WITH wanted AS MATERIALIZED (SELECT * FROM unnest($1::integer[], $2::bigint[]) AS w(partition, epoch)), \
             held AS MATERIALIZED (SELECT f.partition FROM fence f JOIN wanted w USING (partition, epoch) \
               ORDER BY f.partition FOR UPDATE OF f), \
             whole AS MATERIALIZED (SELECT count(*) = cardinality($1::integer[]) AS held FROM held) \
             UPDATE fence SET epoch = fence.epoch + 1 FROM held, whole \
             WHERE fence.partition = held.partition AND whole.held RETURNING fence.partition, fence.epoch",
            &self.partitions[..],
            &self.epochs[..]
        );
        let rows = query.fetch_all(connection).await?;
        if rows.len() != self.partitions.len() {
            return Ok(false);
        }
        let mut raised: Vec<(i32, i64)> = rows.into_iter().map(|row| (row.partition, row.epoch)).collect();
        raised.sort_unstable();
        (self.partitions, self.epochs) = raised.into_iter().unzip();
        Ok(true)
    }
}
