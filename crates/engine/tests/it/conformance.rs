engine::store_suite!(async { Box::new(engine::MemoryStore::new()) });

mod shared {
    use engine::cluster::{MemoryShared, Shared};
    use environment::Environment;

    engine::shared_suite!(async { Box::new(MemoryShared::new(Environment::real(), 4)) as Box<dyn Shared> });
}
